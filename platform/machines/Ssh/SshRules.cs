using System.Text.RegularExpressions;

namespace Canary.Machines.Ssh;

/// <summary>What the parts of an <see cref="SshAccess"/> must look like, wherever they come from.</summary>
public static partial class SshRules
{
    /// <summary>Name of a user.</summary>
    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9._-]{0,31}\z")]
    public static partial Regex UserName();

    /// <summary>Fingerprint of a key, as <c>ssh-keygen -l</c> prints it.</summary>
    [GeneratedRegex(@"\ASHA256:[A-Za-z0-9+/]{43}\z")]
    public static partial Regex Fingerprint();
}
