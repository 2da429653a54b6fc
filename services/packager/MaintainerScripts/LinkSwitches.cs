using System.Text;
using Canary.Packager.Deb;
using Canary.Packager.Source;

namespace Canary.Packager.MaintainerScripts;

/// <summary>
/// A link of this version may be a directory of the version before, or of the next one. dpkg leaves what is there and goes through it, so
/// a package with links makes room: for its links before it is unpacked, and for directories of the next version before that one is. So
/// every other version may come or go, also one that knows nothing of this.
/// </summary>
internal static class LinkSwitches
{
    private const string End = "END_OF_LINKS";

    /// <summary>What a package with these links does.</summary>
    public static PackagePart Of(IEnumerable<PackageItem> items)
    {
        var links = items
            .Where(item =>
                item.Kind == FileKind.Link && !$"{item.Path}{item.Target}".Contains('\n', StringComparison.Ordinal)
            )
            .Where(item => item.Target != End)
            .OrderBy(item => item.Path, StringComparer.Ordinal)
            .ToList();
        return links.Count == 0
            ? PackagePart.None
            : new PackagePart
            {
                Snippets =
                [
                    new Snippet("preinst", SnippetPlace.Before, ForEach(links, "install | upgrade", MoveDirectory)),
                    new Snippet(
                        "postinst",
                        SnippetPlace.Before,
                        ForEach(links, "configure", ForgetDirectory, "abort-upgrade", BringLinkBack)
                    ),
                    new Snippet("prerm", SnippetPlace.After, ForEach(links, "upgrade", RemoveLink)),
                    new Snippet(
                        "postrm",
                        SnippetPlace.Before,
                        ForEach(links, "abort-install | abort-upgrade", BringDirectoryBack)
                    ),
                ],
            };
    }

    /// <summary>Beside the directory stands what of it was the package's: its unchanged files, and its links.</summary>
    private const string MoveDirectory = """
        if [ -d "$path" ] && [ ! -L "$path" ]; then
          if of_another "$link"; then
            echo "$link is a link in this package, and a directory that other packages have files in" >&2
            exit 1
          fi
          info=${0%/tmp.ci/*}/info/$DPKG_MAINTSCRIPT_PACKAGE
          [ -e "$info.list" ] || info=$info:$DPKG_MAINTSCRIPT_ARCH
          : >"$path.dpkg-dir.list"
          : >"$path.dpkg-dir.md5sums"
          [ ! -e "$info.list" ] || BELOW=$link/ awk '
            { length_below = length(ENVIRON["BELOW"]) }
            substr($0, 1, length_below) == ENVIRON["BELOW"] { print substr($0, length_below + 1) }
          ' "$info.list" >"$path.dpkg-dir.list"
          [ ! -e "$info.md5sums" ] || BELOW=${link#/}/ awk '
            { length_below = length(ENVIRON["BELOW"]) }
            substr($0, 35, length_below) == ENVIRON["BELOW"] { print substr($0, 1, 34) substr($0, 35 + length_below) }
          ' "$info.md5sums" >"$path.dpkg-dir.md5sums"
          mv "$path" "$path.dpkg-dir"
        fi
        """;

    /// <summary>What was not the package's stays.</summary>
    private const string ForgetDirectory = """
        if [ -d "$path.dpkg-dir" ]; then
          (
            cd "$path.dpkg-dir"
            LC_ALL=C md5sum -c "$path.dpkg-dir.md5sums" 2>/dev/null | sed -n 's/: OK$//p' | while IFS= read -r name; do
              rm -f "./$name"
            done
            while IFS= read -r name; do
              [ ! -L "./$name" ] || rm -f "./$name"
            done <"$path.dpkg-dir.list"
          )
          find "$path.dpkg-dir" -depth -type d -empty -delete
          if [ -d "$path.dpkg-dir" ]; then
            kept=$path.dpkg-old
            while [ -e "$kept" ]; do kept=$kept~; done
            mv "$path.dpkg-dir" "$kept"
            echo "$link is a link now; files there that are not the package's, or were changed, are in $kept" >&2
          fi
          rm -f "$path.dpkg-dir.md5sums" "$path.dpkg-dir.list"
        fi
        """;

    private const string BringDirectoryBack = """
        if [ -d "$path.dpkg-dir" ]; then
          [ ! -L "$path" ] || rm -f "$path"
          [ -e "$path" ] || mv "$path.dpkg-dir" "$path"
          rm -f "$path.dpkg-dir.md5sums" "$path.dpkg-dir.list"
        fi
        """;

    /// <summary>Where the next version has files below it, it is a directory there.</summary>
    private const string RemoveLink = """
        if [ -L "$path" ] && grep -qsF "  ${link#/}/" "${0%/info/*}/tmp.ci/md5sums"; then
          rm -f "$path"
        fi
        """;

    private const string BringLinkBack = """
        if [ ! -L "$path" ] && [ -d "$path" ]; then
          find "$path" -depth -type d -empty -delete
        fi
        if [ ! -L "$path" ] && [ ! -e "$path" ]; then
          mkdir -p "${path%/*}"
          ln -s "$target" "$path"
        fi
        """;

    private static string ForEach(List<PackageItem> links, params string[] deeds)
    {
        var text = new StringBuilder($"{OtherPackages.Function}\n").Append(
            """
            # Links that are directories in other versions.
            while IFS= read -r link && IFS= read -r target; do
              path=${DPKG_ROOT:-}$link
              case "$1" in

            """
        );
        foreach (var deed in deeds.Chunk(2))
        {
            text.Append("  ").Append(deed[0]).Append(")\n");
            foreach (var line in deed[1].Split('\n'))
            {
                text.Append("    ").Append(line).Append('\n');
            }

            text.Append("    ;;\n");
        }

        text.Append("  esac\ndone <<'").Append(End).Append("'\n");
        foreach (var link in links)
        {
            text.Append('/').Append(link.Path).Append('\n').Append(link.Target).Append('\n');
        }

        return text.Append(End).Append('\n').ToString();
    }
}
