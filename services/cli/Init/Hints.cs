using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Canary.Cli.Api;

namespace Canary.Cli.Init;

/// <summary>What files of other tools tell of a program, whatever it is written in: units, a Procfile, a Dockerfile, git's
/// attributes.</summary>
internal static partial class Hints
{
    private const string Port = "8080";

    private static readonly string[] UnitSuffixes = [".service", ".timer", ".socket", ".path", ".target"];

    public static Draft Apply(Draft draft, RepositoryFolder folder)
    {
        draft = WithServices(draft, folder);
        return draft with { Steps = [.. draft.Steps, .. StepsOf(draft, folder)] };
    }

    private static Draft WithServices(Draft draft, RepositoryFolder folder)
    {
        var units = folder
            .FilesIn("systemd")
            .Where(file => UnitSuffixes.Any(suffix => file.EndsWith(suffix, StringComparison.Ordinal)))
            .ToList();
        if (units.Count > 0)
        {
            return draft with
            {
                Services = [],
                Steps =
                [
                    .. draft.Steps,
                    $"{string.Join(", ", units)} will be installed as it is, so no service was written. See that it starts the program in /opt/{draft.Name}.",
                ],
            };
        }

        var processes = ProcessLine()
            .Matches(folder.Text("Procfile"))
            .Select(match =>
                (Type: match.Groups["type"].Value.ToLowerInvariant(), Command: match.Groups["command"].Value.Trim())
            )
            .DistinctBy(process => process.Type)
            .ToList();
        if (processes.Any(process => process.Type == "release"))
        {
            draft = draft with
            {
                Steps =
                [
                    .. draft.Steps,
                    $"Write what `release` of the Procfile does ({processes.First(it => it.Type == "release").Command}) into script/pre-deploy, which runs once for each release.",
                ],
            };
        }

        processes = [.. processes.Where(process => process.Type != "release")];
        if (processes.Count > 0)
        {
            return draft with
            {
                Services = [.. processes.Select(process => ServiceOf(draft, process, processes.Count))],
            };
        }

        return draft.Services.Count == 0 && draft.Health is null && CommandOfDockerfile(folder) is { } command
            ? draft with
            {
                Services = [new(draft.Name, draft.OnHosts(command))],
            }
            : draft;
    }

    private static DraftService ServiceOf(Draft draft, (string Type, string Command) process, int count)
    {
        var text = PortVariable().Replace(process.Command, Port);
        var own = draft.Services is [{ } first, ..] ? first : null;
        return new DraftService(
            process.Type == "web" || count == 1 ? draft.Name : process.Type,
            draft.OnHosts(ShellWords.Command(text))
        )
        {
            Environment = own?.Environment ?? [],
        };
    }

    /// <summary>The program that the last ENTRYPOINT and CMD name as lists, where it is a file of the repository.</summary>
    private static IReadOnlyList<string>? CommandOfDockerfile(RepositoryFolder folder)
    {
        var text = folder.Text("Dockerfile");
        List<string> command = [.. ListOf(text, "ENTRYPOINT"), .. ListOf(text, "CMD")];
        if (command.Count == 0)
        {
            return null;
        }

        // Images have the application in a directory of their own.
        var at = command.FindIndex(word => folder.Has(Relative(word)));
        return at < 0 ? null : [.. command.Select((word, i) => i == at ? Relative(word) : word)];

        static string Relative(string word) =>
            word.StartsWith("./", StringComparison.Ordinal) ? word[2..]
            : word.StartsWith("/app/", StringComparison.Ordinal) ? word["/app/".Length..]
            : word.TrimStart('/');
    }

    private static string[] ListOf(string dockerfile, string instruction)
    {
        var line = dockerfile
            .Split('\n')
            .LastOrDefault(it => it.TrimStart().StartsWith(instruction + " ", StringComparison.OrdinalIgnoreCase));
        try
        {
            return line?.Trim()[instruction.Length..].Trim() is { } list && list.StartsWith('[')
                ? JsonSerializer.Deserialize(list, ApiJson.Lines.StringArray) ?? []
                : [];
        }
        catch (JsonException)
        {
            // It is one for a shell then, as Docker has it.
            return [];
        }
    }

    private static IEnumerable<string> StepsOf(Draft draft, RepositoryFolder folder)
    {
        if (folder.Text(".gitattributes").Contains("filter=lfs", StringComparison.Ordinal))
        {
            yield return "Large files are in Git LFS: set workspaces.large-files in the server's configuration, or leave them out with `exclude`.";
        }

        if (folder.Has(".gitmodules"))
        {
            yield return "There are submodules: set workspaces.submodules in the server's configuration, or leave them out with `exclude`.";
        }

        if (draft.Services.Count == 0 && draft.Health is null && folder.FilesIn("systemd").Count == 0)
        {
            yield return "Nothing says how it starts: name its command below `services` in canary.yml, if it is one that stays.";
        }
        else if (draft.Health is null && draft.Services.Any(service => service.Schedule.Count == 0))
        {
            var port =
                Expose().Matches(folder.Text("Dockerfile")).LastOrDefault() is { } exposed
                && int.TryParse(
                    exposed.Groups["port"].Value,
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out var number
                )
                    ? number.ToString(CultureInfo.InvariantCulture)
                    : "PORT";
            yield return "A host is healthy when its units are active. If an address says more, name it: "
                + $"health: {{http: \"http://${{address}}:{port}/health\"}}";
        }
    }

    [GeneratedRegex(@"^(?<type>[A-Za-z0-9_\x2D]+):(?<command>.+)$", RegexOptions.Multiline)]
    private static partial Regex ProcessLine();

    [GeneratedRegex(@"\$PORT\b|\$\{PORT(?::-?\d+)?\}")]
    private static partial Regex PortVariable();

    [GeneratedRegex(@"^\s*EXPOSE\s+(?<port>\d+)", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex Expose();
}
