namespace Canary.Contracts.Alarms;

/// <summary>
/// Command, by ingress to the deployer: a test alarm has come the way that real ones take, and is about the application that it was sent
/// for. Sent again until <see cref="AcknowledgeAlarmTest"/> says that it is known; it counts once.
/// </summary>
[Queue("deployer-report-alarm-test")]
public sealed record ReportAlarmTest
{
    /// <summary>Id of the test.</summary>
    public required string TestId { get; init; }

    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>What it came through, for example <c>alertmanager</c>.</summary>
    public required string Source { get; init; }
}

/// <summary>Command, by the deployer to ingress: a test alarm is recorded.</summary>
[Queue("ingress-acknowledge-alarm-test")]
public sealed record AcknowledgeAlarmTest
{
    /// <summary>Id of the test.</summary>
    public required string TestId { get; init; }
}
