using System.Text;
using Canary.Packager.Deb;
using Canary.Packager.MaintainerScripts;

namespace Canary.Packager.Placement;

/// <summary>Hands over what belongs to a user whom dpkg cannot know while it unpacks: the package may make that user itself. An
/// administrator's own decision (dpkg-statoverride, Policy 10.9.1) stays.</summary>
internal static class OwnerSnippets
{
    /// <param name="items">What is in the package.</param>
    /// <param name="everyOwner">Whether all in the package is root's: nobody's is unpacked as what it is.</param>
    public static IReadOnlyList<Snippet> For(IEnumerable<PackageItem> items, bool everyOwner = false)
    {
        var owned = items
            .Where(item => !item.Owner.IsEverywhere || (everyOwner && item.Owner != FileOwner.Root))
            .ToList();
        return owned.Count == 0 ? [] : [new Snippet("postinst", SnippetPlace.Before, Text(owned))];
    }

    // Users of this machine are none in another root.
    private static string Text(List<PackageItem> owned)
    {
        var text = new StringBuilder(
            """
            give() {
            	above=$3
            	while above=${above%/*} && [ -n "$above" ]; do
            		if [ "$(stat -L -c %u -- "$above")" != 0 ]; then
            			echo "$3 keeps its owner: who has $above could put a link there" >&2
            			return 1
            		fi
            	done
            	if ! dpkg-statoverride --list "$3" >/dev/null; then
            		chown -h -- "$1" "$3"
            		[ -z "$2" ] || chmod -- "$2" "$3"
            	fi
            }
            if [ "$1" = configure ] && [ -z "${DPKG_ROOT:-}" ]; then

            """
        );
        foreach (var item in owned)
        {
            var mode = item.Mode is { } set ? Convert.ToString((int)set, 8).PadLeft(4, '0') : "";
            text.Append("\tgive ")
                .Append(Shell.Quote([$"{item.Owner.User}:{item.Owner.Group}", mode, $"/{item.Path}"]))
                .Append('\n');
        }

        return text.Append("fi\n").ToString();
    }
}
