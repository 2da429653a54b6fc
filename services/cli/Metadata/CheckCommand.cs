using System.CommandLine;

namespace Canary.Cli.Metadata;

/// <summary><c>canary check</c>: what keeps a repository from becoming a package, before anything is built.</summary>
internal static class CheckCommand
{
    public static CliCommand Create(CliContext cli)
    {
        var path = new Argument<string>("PATH")
        {
            Description = "The repository; default: the one here.",
            HelpName = "PATH",
            DefaultValueFactory = _ => ".",
        };
        return new CliCommand(
            "check",
            "Check a repository's canary.yml or fpm.json and the scripts that it must have, by the server's rules: all faults at "
                + "once, and nothing is built. A server answers it: the one of this machine (canary server start) or --server. Exit code "
                + "1 if there is a fault."
        )
        {
            Arguments = { path },
            Examples = ["canary check", "canary check ../shop --json | jq -r '.faults[].message'"],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var directory = Path.GetFullPath(session.Value(path), session.Environment.WorkingDirectory);
                var request = await RepositoryFiles.OfDirectoryAsync(directory, cancellation);
                var found = await session.Client.CheckAsync(request, cancellation);
                if (session.Screen.Json)
                {
                    session.Screen.Document(found, json => json.MetadataCheck);
                    return found.Faults.Count == 0 ? ExitCodes.Ok : ExitCodes.ReleaseFailed;
                }

                foreach (var fault in found.Faults)
                {
                    session.Screen.Item(0, $"[red]{session.Screen.Glyphs.Bad}[/]", $"{fault.Message}");
                    session.Screen.Item(3, $"", $"[grey]{fault.Remedy}[/]");
                }

                if (found.Ignored.Count > 0)
                {
                    session.Screen.Note($"Nothing reads {string.Join(", ", found.Ignored)} in {found.Source}.");
                }

                session.Screen.Line(
                    found.Faults.Count switch
                    {
                        0 => found.Source == "defaults"
                            ? "Nothing is wrong; there is no metadata, so the defaults apply."
                            : $"Nothing is wrong with {found.Source}.",
                        1 => "1 thing is wrong.",
                        var count => $"{count} things are wrong.",
                    }
                );
                return found.Faults.Count == 0 ? ExitCodes.Ok : ExitCodes.ReleaseFailed;
            }
        );
    }
}
