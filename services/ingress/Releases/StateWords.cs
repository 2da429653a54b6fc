using System.Text.RegularExpressions;

namespace Canary.Ingress.Releases;

/// <summary>States as they stand in a sentence.</summary>
internal static partial class StateWords
{
    /// <summary><c>RolledBack</c> as people write it: <c>rolled back</c>.</summary>
    public static string Of(string state) => Border().Replace(state, " ").ToLowerInvariant();

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])")]
    private static partial Regex Border();
}
