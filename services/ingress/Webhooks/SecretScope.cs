using Canary.Ingress.Repositories;

namespace Canary.Ingress.Webhooks;

/// <summary>Secrets that hold for the same repositories.</summary>
/// <param name="Source">The service whose webhooks they prove.</param>
/// <param name="Entry">The entry of <c>ingress.repositories</c> that has them; <c>null</c>: the general ones, for every repository
/// without its own.</param>
/// <param name="Secrets">What webhooks may be signed with. None: nothing is accepted, least of all what another secret signed.</param>
/// <param name="InConfiguration">How many of them the configuration itself holds.</param>
/// <param name="Files">The files that the others are in.</param>
/// <param name="Faults">Why some could not be read.</param>
internal sealed record SecretScope(
    SourceKind Source,
    string? Entry,
    IReadOnlyList<byte[]> Secrets,
    int InConfiguration,
    IReadOnlyList<string> Files,
    IReadOnlyList<string> Faults
)
{
    /// <summary>Where they come from, for people; never what they are.</summary>
    public string Origin =>
        string.Join(
            ", ",
            (InConfiguration == 0 ? [] : (string[])[$"{InConfiguration} in the configuration"]).Concat(Files)
        );
}
