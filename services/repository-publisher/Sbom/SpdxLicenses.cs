using System.Collections.Frozen;

namespace Canary.RepositoryPublisher.Sbom;

/// <summary>Licenses that an application is likely to name, by their identifiers at SPDX. What is not among them is not asserted.</summary>
internal static class SpdxLicenses
{
    private static readonly FrozenSet<string> Identifiers = new[]
    {
        "0BSD",
        "AGPL-3.0-only",
        "AGPL-3.0-or-later",
        "Apache-2.0",
        "Artistic-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BSL-1.0",
        "CC0-1.0",
        "EPL-2.0",
        "EUPL-1.2",
        "GPL-2.0-only",
        "GPL-2.0-or-later",
        "GPL-3.0-only",
        "GPL-3.0-or-later",
        "ISC",
        "LGPL-2.1-only",
        "LGPL-2.1-or-later",
        "LGPL-3.0-only",
        "LGPL-3.0-or-later",
        "MIT",
        "MPL-2.0",
        "Unlicense",
        "Zlib",
    }.ToFrozenSet(StringComparer.Ordinal);

    public static bool Contains(string identifier) => Identifiers.Contains(identifier);
}
