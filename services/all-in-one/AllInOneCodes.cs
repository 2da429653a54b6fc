namespace Canary.AllInOne;

/// <summary>The failures of services/all-in-one: codes for scripts, what they mean, and what to do. docs/errors.md is made of them.</summary>
internal static class AllInOneCodes
{
    /// <summary>Another server runs on the data directory.</summary>
    /// <remarks>Use that one, stop it, or choose another directory with <c>--data</c>.</remarks>
    public const string DataDirectoryInUse = "data-directory-in-use";
}
