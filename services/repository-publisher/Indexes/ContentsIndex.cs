namespace Canary.RepositoryPublisher.Indexes;

/// <summary>The <c>Contents</c> file of one suite and architecture, which stands under its checksum among the indexes.</summary>
internal sealed record ContentsIndex(
    string Architecture,
    long PlainLength,
    string PlainSha256,
    long CompressedLength,
    string CompressedSha256
)
{
    /// <summary>Those that a <c>Release</c> file lists.</summary>
    public static IReadOnlyList<ContentsIndex> In(string? release)
    {
        var files = ReleaseFile.ChecksumsOf(release ?? "").ToDictionary(file => file.Path);
        var start = RepositoryLayout.ContentsOf("");
        return
        [
            .. files
                .Values.Where(file =>
                    file.Path.StartsWith(start, StringComparison.Ordinal)
                    && file.Path.EndsWith(".gz", StringComparison.Ordinal)
                    && files.ContainsKey(file.Path[..^".gz".Length])
                )
                .Select(file =>
                {
                    var plain = files[file.Path[..^".gz".Length]];
                    return new ContentsIndex(
                        plain.Path[start.Length..],
                        plain.Size,
                        plain.Sha256,
                        file.Size,
                        file.Sha256
                    );
                }),
        ];
    }
}
