using System.Text.RegularExpressions;

namespace Canary.RepositoryPublisher.Packages;

/// <summary>Names of packages (Debian Policy 5.6.7).</summary>
internal static partial class PackageName
{
    public static bool IsValid(string text) => Syntax().IsMatch(text);

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9+.-]+\z")]
    private static partial Regex Syntax();
}
