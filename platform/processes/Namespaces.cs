namespace Canary.Processes;

/// <summary>What a machine must allow where programs are kept apart from it.</summary>
public static class Namespaces
{
    /// <summary>What a person does about it, in one line.</summary>
    /// <param name="reason">What kept this machine from it, as it was said.</param>
    public static string HowToAllow(string reason) => UserNamespaces.HowToAllow(reason);

    /// <summary>The reason in words that mislead nobody: a limit of namespaces reads like a full disk.</summary>
    /// <param name="reason">As it was said.</param>
    public static string Explain(string reason) => UserNamespaces.Explain(reason);
}
