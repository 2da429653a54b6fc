using System.Globalization;
using Canary.Packager.Deb;
using Canary.Testing;

namespace Canary.Benchmarks;

/// <summary>Packs a tree by dpkg-deb, with the <c>md5sums</c> that our packages have too.</summary>
internal static class DpkgDeb
{
    /// <summary>Packs what lies below a root.</summary>
    /// <param name="root">The root, with <c>DEBIAN/control</c>.</param>
    /// <param name="package">The file to write.</param>
    /// <param name="compression">How it is compressed.</param>
    /// <param name="threads">How many threads may compress; <c>null</c>: as many as it takes.</param>
    /// <param name="cancellation">Ends it.</param>
    public static Task PackAsync(
        string root,
        string package,
        Compression compression,
        int? threads,
        CancellationToken cancellation
    ) =>
        ProcessRunner.OutputOfAsync(
            "sh",
            [
                "-c",
                "find opt -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum > DEBIAN/md5sums"
                    + " && exec dpkg-deb --root-owner-group \"$@\"",
                "sh",
                $"-Z{compression.ToString().ToLowerInvariant()}",
                .. compression == Compression.Gzip ? ["-z6"] : Array.Empty<string>(),
                .. threads is { } number
                    ? [string.Create(CultureInfo.InvariantCulture, $"--threads-max={number}")]
                    : Array.Empty<string>(),
                "--build",
                ".",
                package,
            ],
            root,
            cancellationToken: cancellation
        );
}
