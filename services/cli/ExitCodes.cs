namespace Canary.Cli;

/// <summary>The exit codes that scripts can build on; part of the public interface.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;
    public const int ReleaseFailed = 1;
    public const int Usage = 2;
    public const int Unreachable = 3;
    public const int NotAllowed = 4;
    public const int NotFound = 5;
    public const int Conflict = 6;
    public const int TimedOut = 124;
    public const int Interrupted = 130;

    public static IReadOnlyList<(int Code, string Meaning)> All { get; } =
    [
        (Ok, "done"),
        (
            ReleaseFailed,
            "the release failed, was rolled back or superseded; check, verify, doctor, demo or a test of notifications found something wrong"
        ),
        (Usage, "the command line, or what it names, is wrong"),
        (Unreachable, "the server cannot be reached, or failed"),
        (NotAllowed, "not allowed: token missing or wrong"),
        (NotFound, "not found"),
        (Conflict, "does not apply to the release as it is now"),
        (TimedOut, "--timeout passed; the release goes on"),
        (Interrupted, "interrupted; the release goes on"),
    ];
}
