namespace Canary.Processes;

/// <summary>What to say where a machine does not let programs be kept apart from it. The source is part of the command line
/// too.</summary>
internal static class UserNamespaces
{
    // strerror(3) of what unshare(2) says where no more namespaces may be made.
    private const string NoSpace = "unshare: No space left on device";
    private const string NoSpaceOfTheProgram = "unshare failed: No space left on device";

    /// <summary>How a person allows it to ordinary users.</summary>
    public const string HowToAllowUsers =
        "Run it as root, or allow user namespaces: sysctl -w user.max_user_namespaces=10000 (on Debian "
        + "kernel.unprivileged_userns_clone=1, on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0 as well).";

    private const string HowToAllowContainers =
        "Let this container make namespaces: --cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt "
        + "apparmor=unconfined --security-opt systempaths=unconfined.";

    /// <summary>What a person does about it, in one line.</summary>
    /// <param name="reason">What kept this machine from it, as it was said.</param>
    public static string HowToAllow(string reason) =>
        // Root outside a container may make them all, but for the limit.
        Environment.IsPrivilegedProcess && !IsLimit(reason)
            ? HowToAllowContainers
            : HowToAllowUsers;

    /// <summary>The reason in words that mislead nobody: a limit of namespaces reads like a full disk.</summary>
    /// <param name="reason">As it was said.</param>
    public static string Explain(string reason) =>
        IsLimit(reason) ? $"{reason}: no disk is full, but the limit user.max_user_namespaces is 0 or reached" : reason;

    private static bool IsLimit(string reason) =>
        reason.Contains(NoSpace, StringComparison.Ordinal)
        || reason.Contains(NoSpaceOfTheProgram, StringComparison.Ordinal);
}
