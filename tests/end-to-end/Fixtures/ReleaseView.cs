namespace Canary.EndToEnd.Tests.Fixtures;

internal sealed record ReleaseView(
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

internal sealed record FailureView(string Code, string Message, string Remedy);

internal sealed record StageView(
    string Name,
    string State,
    DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt,
    int Attempts
);

internal sealed record HostView(string Name, string Channel, string Step, string State, string? Version);
