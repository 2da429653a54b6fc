namespace Canary.Packager.MaintainerScripts;

/// <summary>Something that a maintainer script does besides what the application's own one does: lines of POSIX shell, run under
/// <c>set -e</c> with dpkg's arguments.</summary>
/// <param name="Script">Debian name of the script: <c>preinst</c>, <c>postinst</c>, <c>prerm</c> or <c>postrm</c>.</param>
/// <param name="Place">Before or after the application's own.</param>
/// <param name="Text">The lines. Words that come from a repository are quoted by <see cref="Shell"/>.</param>
internal sealed record Snippet(string Script, SnippetPlace Place, string Text);

/// <summary>Where a snippet stands.</summary>
internal enum SnippetPlace
{
    /// <summary>The application's own script needs it: users, directories.</summary>
    Before,

    /// <summary>It needs what the application's own script has done: services. The place of debhelper's <c>#DEBHELPER#</c>.</summary>
    After,
}
