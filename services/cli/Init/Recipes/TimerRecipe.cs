using System.Text.RegularExpressions;

namespace Canary.Cli.Init.Recipes;

/// <summary>Jobs that run by the clock: what a crontab of the repository has, as timers of systemd.</summary>
internal static partial class TimerRecipe
{
    private const string Crontab = "crontab";

    public static Recipe Recipe { get; } =
        new("timer", "Jobs that run by the clock", folder => folder.Has(Crontab) ? Crontab : null, Draw);

    private static Draft Draw(RepositoryFolder folder, string name)
    {
        var environment = new List<KeyValuePair<string, string>>();
        var services = new List<DraftService>();
        foreach (var line in folder.Text(Crontab).Split('\n').Select(line => line.Trim()))
        {
            if (Variable().Match(line) is { Success: true } variable)
            {
                environment.RemoveAll(it => it.Key == variable.Groups["name"].Value);
                environment.Add(new(variable.Groups["name"].Value, variable.Groups["value"].Value.Trim('"', '\'')));
            }
            else if (line.Length > 0 && line[0] != '#')
            {
                services.Add(JobOf(line, environment, services));
            }
        }

        return new Draft(name)
        {
            Services = services.Count > 0 ? services : Daily(folder, name),
            Steps =
            [
                "What a timer missed is made up for, and every host with the package runs it: see that the jobs bear that.",
            ],
        };
    }

    private static DraftService JobOf(
        string line,
        IReadOnlyCollection<KeyValuePair<string, string>> environment,
        IReadOnlyCollection<DraftService> before
    )
    {
        var (schedule, command) =
            CronSchedule.Read(line) ?? throw RepositoryFolder.Invalid(Crontab, $"'{line}' is no time and command");
        return new DraftService(KeyOf(command, before), ShellWords.Command(command))
        {
            Environment = [.. environment.Where(it => it.Key is not ("MAILTO" or "SHELL"))],
            Schedule = schedule,
        };
    }

    /// <summary>By the program's name; the second one of it is called <c>NAME-2</c>.</summary>
    private static string KeyOf(string command, IReadOnlyCollection<DraftService> before)
    {
        var word = command.Split(' ', 2)[0];
        var name = Path.GetFileNameWithoutExtension(word).ToLowerInvariant();
        name = Unfit().Replace(name, "-").Trim('-') is { Length: > 0 } fit ? fit : "job";
        var same = before.Count(service =>
            service.Key == name || service.Key.StartsWith(name + "-", StringComparison.Ordinal)
        );
        return same == 0 ? name : $"{name}-{same + 1}";
    }

    private static IReadOnlyList<DraftService> Daily(RepositoryFolder folder, string name) =>
        folder.FilesIn("bin") is [var only] ? [new DraftService(name, [only]) { Schedule = ["daily"] }] : [];

    [GeneratedRegex(@"\A(?<name>[A-Za-z_]\w*)\s*=\s*(?<value>.*)\z")]
    private static partial Regex Variable();

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex Unfit();
}
