namespace Canary.Testing.Machines;

/// <summary>Control groups of machines: the systemd of each takes the one that it starts in for the whole tree, so it needs one that nobody
/// else is in.</summary>
internal static class ControlGroups
{
    private const string Mount = "/sys/fs/cgroup";

    /// <summary>Makes a group in each tree that systemd looks at.</summary>
    /// <returns>Their directories.</returns>
    public static IReadOnlyList<string> Make(string name) =>
        [.. Trees().Select(tree => Directory.CreateDirectory(Path.Combine(tree, name)).FullName)];

    /// <summary>All processes in groups of a name and below.</summary>
    public static IReadOnlyList<string> Processes(string name) =>
        [
            .. Trees()
                .Select(tree => Path.Combine(tree, name))
                .Where(Directory.Exists)
                .SelectMany(group => Directory.GetFiles(group, "cgroup.procs", SearchOption.AllDirectories))
                .SelectMany(File.ReadLines)
                .Distinct(),
        ];

    /// <summary>Names of all groups.</summary>
    public static IReadOnlyList<string> Names() =>
        [.. Trees().SelectMany(Directory.GetDirectories).Select(path => Path.GetFileName(path)).Distinct()];

    /// <summary>Ends all processes of a group, and removes it.</summary>
    public static async Task RemoveAsync(string name)
    {
        await Eventually.PassesAsync(async () =>
        {
            var processes = Processes(name);
            if (processes.Count > 0)
            {
                await ProcessRunner.RunAsync("kill", ["-KILL", .. processes]);
            }

            // Whoever was killed is in its group until somebody has asked how it ended.
            foreach (var group in Trees().Select(tree => Path.Combine(tree, name)).Where(Directory.Exists))
            {
                Remove(group);
            }
        });
    }

    /// <summary>Their files are not to be removed, and cannot be: the deepest directories go first.</summary>
    private static void Remove(string group)
    {
        foreach (
            var directory in Directory
                .GetDirectories(group, "*", SearchOption.AllDirectories)
                .OrderByDescending(path => path.Length)
                .Append(group)
        )
        {
            Directory.Delete(directory);
        }
    }

    private static IEnumerable<string> Trees() =>
        File.Exists(Path.Combine(Mount, "cgroup.controllers"))
            ? [Mount]
            : new[] { "systemd", "unified" }
                .Select(tree => Path.Combine(Mount, tree))
                .Where(tree => File.Exists(Path.Combine(tree, "cgroup.procs")));
}
