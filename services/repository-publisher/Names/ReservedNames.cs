namespace Canary.RepositoryPublisher.Names;

/// <summary>
/// Names that hosts install from Debian and that would be taken from it, since a host prefers what comes from us: what Debian calls
/// essential, required, important, standard or build-essential, what Canary itself needs on a host, and all that these depend
/// on, from the archives of Debian 12 and 13; what Ubuntu has in their place; kernels and what boots them.
/// </summary>
internal static class ReservedNames
{
    private const string Resource = "reserved-names.txt";

    private static readonly string[] Families = ["grub-", "initramfs-", "linux-", "shim-", "ubuntu-"];

    private static readonly Lazy<HashSet<string>> Names = new(Read);

    /// <summary>On a command line of apt, a hyphen or a plus behind a name is an order to remove or install it.</summary>
    public static bool Contains(string name) =>
        Names.Value.Contains(name)
        || Names.Value.Contains(name.TrimEnd('-', '+'))
        || Families.Any(family => name.StartsWith(family, StringComparison.Ordinal));

    private static HashSet<string> Read()
    {
        using var stream = typeof(ReservedNames).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }
}
