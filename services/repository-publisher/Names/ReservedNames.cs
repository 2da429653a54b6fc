namespace Canary.RepositoryPublisher.Names;

/// <summary>
/// Names that hosts install from Debian and that would be taken from it, since a host prefers what comes from us: what Debian calls
/// essential, required, important, standard or build-essential, what Canary itself needs on a host, and all that these depend
/// on. From the archives of Debian 12 and 13.
/// </summary>
internal static class ReservedNames
{
    private const string Resource = "reserved-names.txt";

    private static readonly Lazy<HashSet<string>> Names = new(Read);

    public static bool Contains(string name) => Names.Value.Contains(name);

    private static HashSet<string> Read()
    {
        using var stream = typeof(ReservedNames).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }
}
