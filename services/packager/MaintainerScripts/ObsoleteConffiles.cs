using Canary.Packager.Metadata;

namespace Canary.Packager.MaintainerScripts;

/// <summary>
/// Configuration files that a version does not bring any more. dpkg leaves them for good. The version that brought them removes those that
/// nobody has changed when the next one does without, so that it brings them back when it is rolled back to. Those that <c>canary.yml</c>
/// names go as dpkg-maintscript-helper removes them: what was changed is kept beside.
/// </summary>
internal static class ObsoleteConffiles
{
    private static readonly string[] Scripts = ["preinst", "postinst", "postrm"];

    /// <summary>What a package with these configuration files does.</summary>
    /// <param name="conffiles">Absolute paths.</param>
    /// <param name="metadata">What the commit says.</param>
    public static PackagePart Of(IReadOnlyList<string> conffiles, PackageMetadata metadata) =>
        new()
        {
            Snippets =
            [
                .. conffiles.Count == 0
                    ? []
                    : (Snippet[])[new Snippet("postrm", SnippetPlace.After, RemoveUnchanged(conffiles))],
                .. metadata.RemovedConffiles.SelectMany(path =>
                    Scripts.Select(script => new Snippet(
                        script,
                        SnippetPlace.Before,
                        $"dpkg-maintscript-helper rm_conffile {Shell.Quote(path)} -- \"$@\""
                    ))
                ),
            ],
        };

    private static string RemoveUnchanged(IReadOnlyList<string> conffiles) =>
        OtherPackages.Function
        + $$"""

            # Configuration files that the next version does not bring, nor another package.
            if [ "$1" = upgrade ] && [ -e "${0%/info/*}/tmp.ci/md5sums" ]; then
              for path in {{Shell.Quote(conffiles)}}; do
                file=${DPKG_ROOT:-}$path
                if [ -f "$file" ] && ! cut -c 35- "${0%/info/*}/tmp.ci/md5sums" | grep -qxF "${path#/}" && ! of_another "$path" &&
                  grep -qxF "$(md5sum <"$file" | cut -d ' ' -f 1)  ${path#/}" "${0%.postrm}.md5sums"; then
                  rm -f "$file"
                fi
              done
            fi
            """;
}
