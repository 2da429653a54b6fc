namespace Canary.Processes;

/// <summary>What a machine must allow where programs are kept apart from it.</summary>
public static class Namespaces
{
    /// <summary>How a person allows it.</summary>
    public const string HowToAllow =
        "Run it as root, or allow user namespaces to ordinary users: sysctl user.max_user_namespaces, "
        + "kernel.unprivileged_userns_clone=1 (Debian), kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu); in a container, it "
        + "needs --cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt "
        + "systempaths=unconfined.";
}
