using System.CommandLine;
using System.CommandLine.Parsing;
using Canary.Cli.Hosts.Bootstrap;

namespace Canary.Cli.Hosts.Import;

/// <summary><c>canary hosts import</c>: takes over hosts that Ansible knows.</summary>
internal static class ImportCommand
{
    private const UnixFileMode Public =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public static CliCommand Create(CliContext cli)
    {
        var source = new Argument<string>("INVENTORY")
        {
            Description = "An inventory of Ansible: a file in INI or YAML.",
        };
        var groups = new Option<Dictionary<string, string>>("--group", "-g")
        {
            Description =
                "Channel of the hosts of a group, as GROUP=canary or GROUP=production; may be given again. Hosts of no such group are left "
                + "out. Default: all hosts, for production.",
            HelpName = "GROUP=CHANNEL",
            CustomParser = ParseGroups,
            DefaultValueFactory = _ => [],
            Arity = ArgumentArity.OneOrMore,
        };
        var variables = new Option<string[]>("--variable")
        {
            Description = "A variable of theirs that health checks and scripts need; may be given again.",
            HelpName = "NAME",
            DefaultValueFactory = _ => [],
        };
        var into = new Option<string?>("--into")
        {
            Description =
                "The inventory file that they are added to; hosts that are there stay as they are. Default: print them.",
            HelpName = "FILE",
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only show what would be added." };
        return new CliCommand("import", "Take over the hosts of an inventory of Ansible.")
        {
            Arguments = { source },
            Options = { groups, variables, into, dryRun },
            Examples =
            [
                "canary hosts import hosts.ini -g canaries=canary -g web=production",
                "canary hosts import hosts.ini --into hosts.yml --dry-run",
            ],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var path = session.Value(source);
                var inventory = AnsibleInventory.Read(path, await TextFiles.ReadAsync(session, path, cancellation));
                var hosts = ImportedHosts.Of(
                    inventory,
                    path,
                    session.Value(groups) ?? [],
                    session.Value(variables) ?? []
                );
                var file = session.Value(into) is { } named
                    ? Path.GetFullPath(named, session.Environment.WorkingDirectory)
                    : null;
                var text =
                    file is not null && File.Exists(file)
                        ? await TextFiles.ReadAsync(session, file, cancellation)
                        : null;
                var known =
                    text is null || HasNone(text)
                        ? []
                        : InventoryHosts.Read(file!, text).Select(it => it.Host.Name).ToHashSet(StringComparer.Ordinal);
                var added = hosts.Where(host => !known.Contains(host.Name)).ToList();
                var kept = hosts.Select(host => host.Name).Where(known.Contains).ToList();
                if (file is not null && added.Count > 0 && !session.Value(dryRun))
                {
                    Write(file, text is null ? HostsFile.Whole(added) : HostsFile.Merge(file, text, added));
                }

                Show(session, added, kept, session.Value(into));
                return ExitCodes.Ok;
            }
        );
    }

    private static void Show(Session session, IReadOnlyList<Output.ImportedHost> added, List<string> kept, string? file)
    {
        if (session.Screen.Json)
        {
            session.Screen.Document(new Output.HostImport(added, kept), json => json.HostImport);
            return;
        }

        session.Screen.Line(HostsFile.Whole(added).TrimEnd('\n'));
        if (kept.Count > 0)
        {
            session.Screen.Note($"{file} has {string.Join(", ", kept)} already: nothing of that was changed.");
        }

        session.Screen.Note("Set them up, and let them enrol: canary hosts bootstrap --as ansible");
    }

    private static bool HasNone(string text) => string.IsNullOrWhiteSpace(text) || text.Trim() == "hosts: []";

    private static void Write(string file, string text)
    {
        try
        {
            OutputFiles.Update(file, text, Public);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage(
                CliCodes.FileNotWritable,
                $"{file} cannot be written: {e.Message}",
                "Name a file that you may write to."
            );
        }
    }

    private static Dictionary<string, string> ParseGroups(ArgumentResult argument)
    {
        var channels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var token in argument.Tokens)
        {
            if (token.Value.Split('=') is [{ Length: > 0 } group, "canary" or "production"] parts)
            {
                channels[group] = parts[1];
            }
            else
            {
                argument.AddError($"'{token.Value}' is no channel of a group: write GROUP=canary or GROUP=production.");
            }
        }

        return channels;
    }
}
