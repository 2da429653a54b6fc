using Canary.Packager.Deb;
using Canary.Packager.Source;

namespace Canary.Packager.MaintainerScripts;

/// <summary>Whoever may write there leaves <c>__pycache__</c> beside the modules that a Python of theirs has read: root does, with a command
/// of the application. It goes with the package, as it does with Debian's own (Debian Python Policy, section 3.7). What the package brings
/// itself is dpkg's.</summary>
internal static class PythonBytecode
{
    private const string Removal = """
        # What Python has written beside modules of the package.
        case "$1" in
          remove | upgrade)
            dpkg-query --listfiles "$DPKG_MAINTSCRIPT_PACKAGE" | sed -n '/\.py$/p' | while IFS= read -r module; do
              cache=${DPKG_ROOT:-}${module%/*}/__pycache__
              [ -d "$cache" ] && [ ! -L "$cache" ] || continue
              module=${module##*/}
              rm -f "$cache/${module%.py}".*.pyc 2>/dev/null || true
              rmdir "$cache" 2>/dev/null || true
            done
            ;;
        esac
        """;

    /// <summary>What a package with these files does.</summary>
    public static PackagePart Of(IReadOnlyCollection<PackageItem> items) =>
        Has(items, ".py") && !Has(items, ".pyc")
            ? new PackagePart { Snippets = [new Snippet("prerm", SnippetPlace.After, Removal)] }
            : PackagePart.None;

    private static bool Has(IReadOnlyCollection<PackageItem> items, string extension) =>
        items.Any(item => item.Kind == FileKind.File && item.Path.EndsWith(extension, StringComparison.Ordinal));
}
