using Canary.Failures;
using Canary.Processes;

namespace Canary.Packager.Rehearsal;

/// <summary>Why a package must not reach a host.</summary>
internal static class RehearsalFaults
{
    private const int MostLines = 30;
    private const int MostLeft = 10;

    /// <summary>From here on exit codes stand for signals.</summary>
    private const int Killed = 128;

    /// <returns><c>null</c>: nothing is against it.</returns>
    public static CanaryException? Of(string package, RehearsalReport report, ProcessResult result, string output) =>
        (report.Fault, result.Ending) switch
        {
            ("prompt", _) => new CanaryException(
                PackagerCodes.RehearsalPrompt,
                $"{package} asks a question when it is {Did(report)}, and there is nobody on a host to answer.{Quoted(output)}",
                "Let its scripts ask nothing: what they need to know belongs into a file of the package, or into the host's variables."
            ),
            ("hang", _) => new CanaryException(
                PackagerCodes.RehearsalHang,
                $"{package} does not come to an end when it is {Did(report)}.{Quoted(output)}",
                "Let its scripts start what goes on as a service, and wait for nothing without a limit; packager.rehearsal.step-limit is how long a step may take."
            ),
            ("failed", _) => new CanaryException(
                PackagerCodes.RehearsalFailed,
                $"{package} fails when it is {Did(report)}.{Quoted(output)}",
                "Correct the script that the output names. It ran in a system without a network and without systemd; what needs either belongs into a service."
            ),
            ("left", _) => new CanaryException(
                PackagerCodes.RehearsalLeftovers,
                $"{package} leaves behind when it is purged: {string.Join(", ", report.Left.Take(MostLeft))}"
                    + (report.Left.Count > MostLeft ? $" and {report.Left.Count - MostLeft} more." : "."),
                "Remove it in the script postrm when its first argument is purge, or name what may stay in packager.rehearsal.may-stay."
            ),
            (_, ProcessEnding.TimedOut) => new CanaryException(
                PackagerCodes.RehearsalHang,
                $"The rehearsal of {package} does not come to an end.{Quoted(output)}",
                "Let its scripts start what goes on as a service."
            ),
            (_, ProcessEnding.MemoryLimit or ProcessEnding.DiskLimit or ProcessEnding.OutputLimit) =>
                new CanaryException(
                    PackagerCodes.RehearsalFailed,
                    $"The scripts of {package} take more than they may ({result.Ending}).{Quoted(output)}",
                    "Let its scripts write, print and take less."
                ),
            (null, ProcessEnding.Exited) when report.Unfinished is not null && result.ExitCode >= Killed =>
                new CanaryException(
                    PackagerCodes.RehearsalFailed,
                    $"The rehearsal of {package} was killed when it was to be {Did(report)}: its script ended it, or the memory of the machine was short.{Quoted(output)}",
                    $"Let its scripts end only what they have started, by its ids. Where the kernel's log tells of memory, {Remedies.ReleaseAgain}."
                ),
            _ => null,
        };

    private static string Did(RehearsalReport report) =>
        (report.FaultyStep ?? report.Unfinished) switch
        {
            "install" => "installed",
            "purge" => "purged",
            "upgrade" => "updated to",
            "back" => "taken back",
            _ => "installed",
        };

    private static string Quoted(string output)
    {
        var lines = output.TrimEnd().Split('\n');
        return output.Length == 0 ? "" : $" It said:\n{string.Join('\n', lines.TakeLast(MostLines))}";
    }
}
