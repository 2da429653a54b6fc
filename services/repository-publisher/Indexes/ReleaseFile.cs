using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Canary.RepositoryPublisher.Indexes;

/// <summary>Writes the <c>Release</c> file of a suite (Debian wiki, DebianRepository/Format).</summary>
internal static class ReleaseFile
{
    /// <summary>The field with the SHA-256 of the keyring. apt knows nothing of it; a host that believes the suite may take the keyring
    /// with this checksum in place of its own, and so a new key comes to it.</summary>
    public const string KeyringField = "Canary-Keyring";

    private const string TimeFormat = "ddd, dd MMM yyyy HH:mm:ss 'UTC'";

    private static readonly string[] FieldsOfTime = ["Date: ", "Valid-Until: "];

    /// <param name="suite">Suite and codename.</param>
    /// <param name="options">Origin, label and description.</param>
    /// <param name="indexes">The indexes by architecture.</param>
    /// <param name="contents">The <c>Contents</c> files.</param>
    /// <param name="keyringSha256">Checksum of the keyring that clients are to have, see <see cref="KeyringField"/>.</param>
    /// <param name="date">When the file is made.</param>
    /// <param name="validUntil">When clients stop believing it.</param>
    public static string Render(
        string suite,
        RepositoryPublisherOptions options,
        IReadOnlyDictionary<string, PackagesIndex> indexes,
        IReadOnlyList<ContentsIndex> contents,
        string keyringSha256,
        DateTimeOffset date,
        DateTimeOffset validUntil
    )
    {
        var text = new StringBuilder();
        void Field(string name, string value) => text.Append(name).Append(": ").Append(value).Append('\n');

        Field("Origin", options.Origin);
        Field("Label", options.Label);
        Field("Suite", suite);
        Field("Codename", suite);
        Field("Date", Rfc1123(date));
        Field("Valid-Until", Rfc1123(validUntil));

        Field("Acquire-By-Hash", "yes");
        // "all" among the architectures, without No-Support-for-Architecture-all, tells apt to read binary-all besides
        // the index of its own architecture, so packages for all architectures stand in one index only.
        Field("Architectures", string.Join(' ', indexes.Keys.Order(StringComparer.Ordinal)));
        Field("Components", RepositoryLayout.Component);
        Field("Description", options.Description);
        Field(KeyringField, keyringSha256);
        text.Append("SHA256:\n");
        foreach (var (architecture, index) in indexes.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            // apt wants the checksum of the plain index too, although only the compressed one is served.
            var path = RepositoryLayout.IndexOf(architecture);
            Checksum(text, index.PlainSha256, index.PlainLength, path);
            Checksum(text, index.CompressedSha256, index.CompressedLength, $"{path}.gz");
        }

        foreach (var index in contents)
        {
            var path = RepositoryLayout.ContentsOf(index.Architecture);
            Checksum(text, index.PlainSha256, index.PlainLength, path);
            Checksum(text, index.CompressedSha256, index.CompressedLength, $"{path}.gz");
        }

        return text.ToString();
    }

    /// <summary>Whether two files differ in more than their times.</summary>
    public static bool Differ(string one, string other) => Timeless(one) != Timeless(other);

    /// <summary>When a file was made; <c>null</c>: it does not say so.</summary>
    public static DateTimeOffset? DateOf(string release) => TimeOf(release, "Date: ");

    /// <summary>Until when clients believe a file; <c>null</c>: it does not say so.</summary>
    public static DateTimeOffset? ValidUntilOf(string release) => TimeOf(release, "Valid-Until: ");

    /// <summary>Whether any of the indexes lists a package.</summary>
    public static bool ListsPackages(string release) =>
        release
            .Split('\n')
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Any(parts => parts is [_, not "0", var path] && path.EndsWith("/Packages", StringComparison.Ordinal));

    /// <summary>The files that a <c>Release</c> file lists, each once. A line that is damaged lists none.</summary>
    public static IReadOnlyList<ReleaseChecksum> ChecksumsOf(string release) =>
        [
            .. release
                .Split('\n')
                .Where(line => line.StartsWith(' '))
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(parts => parts.Length == 3)
                .Select(parts =>
                    long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size)
                        ? new ReleaseChecksum(parts[2], parts[0], size)
                        : null
                )
                .OfType<ReleaseChecksum>()
                .DistinctBy(file => file.Path),
        ];

    private static DateTimeOffset? TimeOf(string release, string field) =>
        release.Split('\n').FirstOrDefault(line => line.StartsWith(field, StringComparison.Ordinal)) is { } line
        && DateTimeOffset.TryParseExact(
            line[field.Length..],
            TimeFormat,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var time
        )
            ? time
            : null;

    private static void Checksum(StringBuilder text, string sha256, long size, string path) =>
        text.Append(CultureInfo.InvariantCulture, $" {sha256} {size} {path}\n");

    private static string Timeless(string release) =>
        string.Join('\n', release.Split('\n').Where(line => !FieldsOfTime.Any(line.StartsWith)));

    private static string Rfc1123(DateTimeOffset time) =>
        time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);
}

/// <summary>A file of a suite, as its <c>Release</c> file lists it.</summary>
internal sealed record ReleaseChecksum(string Path, string Sha256, long Size)
{
    public bool Fits(byte[] content) =>
        content.Length == Size && Convert.ToHexStringLower(SHA256.HashData(content)) == Sha256;
}
