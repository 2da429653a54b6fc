using System.Text.RegularExpressions;

namespace Canary.Deployer.Inventory;

/// <summary>What the parts of a host's description must look like, wherever it comes from: they become parts of paths,
/// addresses and environment variables.</summary>
internal static partial class HostRules
{
    [GeneratedRegex(@"\A[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?\z")]
    public static partial Regex HostName();

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_-]{0,63}\z")]
    public static partial Regex VariableName();

    /// <summary>What is said of a host, such as <c>zone</c>.</summary>
    [GeneratedRegex(@"\A[a-z0-9][a-z0-9._-]{0,62}\z")]
    public static partial Regex TagName();

    /// <summary>How it is there, such as <c>eu-west-1a</c>.</summary>
    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,62}\z")]
    public static partial Regex TagValue();

    /// <summary>Whether it is a host name or an IP address, in the letters that name servers and SSH know.</summary>
    public static bool IsAddress(string text) =>
        text.All(char.IsAscii) && Uri.CheckHostName(text) != UriHostNameType.Unknown;

    /// <summary>A role or a transport.</summary>
    [GeneratedRegex(@"\A[a-z0-9][a-z0-9.+_-]*\z")]
    public static partial Regex Word();
}
