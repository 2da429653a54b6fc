namespace Canary.Packager.MaintainerScripts;

/// <summary>What maintainer scripts ask about packages beside their own.</summary>
internal static class OtherPackages
{
    /// <summary>Defines <c>of_another PATH</c>: whether another package has it, too (dpkg-query(1), <c>--search</c>).</summary>
    public const string Function = """
        of_another() {
          dpkg-query --search "$1" 2>/dev/null | sed 's|: /.*||; s/, /\n/g' | sed 's/:.*//' | grep -qvxF "$DPKG_MAINTSCRIPT_PACKAGE"
        }
        """;
}
