namespace Canary.Testing.Installations;

public sealed record ReleaseView(
    string Id,
    string Application,
    string Commit,
    string? Version,
    string State,
    string Phase,
    string? WaitingFor,
    FailureView? Failure,
    string? SupersededBy,
    DateTimeOffset? FinishedAt,
    IReadOnlyList<StageView> Stages,
    IReadOnlyList<HostView> Hosts
);

public sealed record FailureView(string Code, string Message, string Remedy);

public sealed record StageView(
    string Name,
    string State,
    DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt,
    int Attempts
);

public sealed record HostView(string Name, string Channel, string Step, string State, string? Version);
