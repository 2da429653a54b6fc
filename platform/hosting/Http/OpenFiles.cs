namespace Canary.Hosting.Http;

/// <summary>How many files, connections among them, this process may have open (<c>RLIMIT_NOFILE</c>).</summary>
internal static class OpenFiles
{
    private const string Limits = "/proc/self/limits";

    private const string Name = "Max open files";

    /// <returns><c>null</c>: the system does not say, or as many as there are.</returns>
    public static int? Limit() => File.Exists(Limits) ? LimitIn(File.ReadLines(Limits)) : null;

    internal static int? LimitIn(IEnumerable<string> limits) =>
        limits.FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal)) is { } line
        && int.TryParse(line[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], out var soft)
            ? soft
            : null;
}
