using System.Globalization;
using System.Text;
using Canary.Failures;
using Canary.Machines.Ssh;
using Canary.Processes;
using Microsoft.Extensions.Options;

namespace Canary.Packager.Builders.Fpm.Hosts;

/// <summary>
/// One run of <c>canary-fpm</c> on a build host (<c>hosts/canary-fpm</c>). It is the only command that is ever run there, and reads what it shall
/// do from its standard input, as NUL-terminated fields, so that no shell sees any of it. It lasts as long as its connection: whatever happens to
/// this process, the build host then ends FPM and removes the files.
/// </summary>
internal sealed class FpmHostSession(
    [FromKeyedServices(PackagerModule.Name)] SshConnections connections,
    IOptions<PackagerOptions> options,
    TimeProvider time
)
{
    private const string Command = "canary-fpm";
    private const string Form = "v1";
    private const int KeptOutput = 8 << 10;
    private const long MostOutput = 8 << 20;

    /// <summary>Bytes in a second, there and back: what is slower than this counts as lost.</summary>
    private const int SlowestTransfer = 256 << 10;

    /// <summary>Most seconds between two signs of life, of which more than one may be late.</summary>
    private const int LongestBeat = 5;

    /// <summary>Exit code of <c>canary-fpm</c> where FPM made no package.</summary>
    private const int Failing = 66;

    /// <summary>Exit code of <c>canary-fpm</c> where FPM took too long.</summary>
    private const int Late = 67;

    /// <summary>For everything on the build host but FPM and the transfer.</summary>
    private static readonly TimeSpan Allowance = TimeSpan.FromMinutes(5);

    private readonly FpmOptions _options = options.Value.Fpm;

    /// <summary>Runs FPM on the files of an archive.</summary>
    /// <exception cref="CanaryException"><c>fpm-host-lost</c>: it went away meanwhile; others: it cannot be used.</exception>
    public async Task<FpmRun> RunAsync(SshTarget host, FpmJob job, string archive, CancellationToken cancellation)
    {
        await using var files = File.OpenRead(archive);
        await using var package = File.Create(job.Package);
        var question = Question(
            job.LargestPackage,
            [
                "build",
                Seconds(Math.Ceiling(_options.TimeLimit.TotalSeconds)),
                Seconds(Math.Clamp(Math.Floor(_options.Silence.TotalSeconds / 3), 1, LongestBeat)),
                job.Epoch,
                FpmLayout.Package,
                files.Length.ToString(CultureInfo.InvariantCulture),
                job.Arguments.Count.ToString(CultureInfo.InvariantCulture),
                .. job.Arguments,
            ]
        ) with
        {
            Attachment = files,
        };
        var limit = LimitOf(files.Length + job.LargestPackage);
        var (exit, said) = await AskAsync(host, question, bytes => package.Write(bytes), limit, cancellation);
        return exit switch
        {
            0 => new FpmRun(host.Name, FpmEnding.Built, said),
            Failing => new FpmRun(host.Name, FpmEnding.Failed, said),
            Late => new FpmRun(host.Name, FpmEnding.TimedOut, said),
            null => throw Lost(host, "a signal ended canary-fpm there"),
            _ => throw Unfit(host, exit.Value, said),
        };
    }

    /// <summary>Asks a build host whether it has what FPM needs.</summary>
    /// <returns>The version of FPM there.</returns>
    /// <exception cref="CanaryException">It cannot be logged in to, or lacks something.</exception>
    public async Task<string> CheckAsync(SshTarget host, CancellationToken cancellation)
    {
        using var answer = new MemoryStream();
        var (exit, said) = await AskAsync(host, Question(0, ["check"]), answer.Write, Allowance, cancellation);
        return exit == 0 ? Encoding.UTF8.GetString(answer.ToArray()).Trim() : throw Unfit(host, exit ?? -1, said);
    }

    private TimeSpan LimitOf(long bytes) =>
        _options.TimeLimit + Allowance + TimeSpan.FromSeconds((double)bytes / SlowestTransfer);

    private static string Seconds(double seconds) => ((long)seconds).ToString(CultureInfo.InvariantCulture);

    private async Task<(int? Exit, string Said)> AskAsync(
        SshTarget host,
        SshQuestion question,
        Action<ReadOnlySpan<byte>> take,
        TimeSpan longest,
        CancellationToken cancellation
    )
    {
        await using var connection = await connections.BorrowAsync(host, fresh: true, cancellation);
        var said = new OutputTail(KeptOutput);
        using var silence = new CancellationTokenSource(_options.Silence, time);
        using var limit = new CancellationTokenSource(longest, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, limit.Token, cancellation);
        try
        {
            var exit = await question.AskAsync(connection.Client, Take, Complain, time, stop.Token);
            return (exit, said.ToString());
        }
        catch (InvalidDataException)
        {
            throw new CanaryException(
                PackagerCodes.FpmPackageWrong,
                $"FPM on {host.Name} made far more than was planned.",
                $"See that FPM and canary-fpm on {host.Name} are what canary-build-host setup-fpm (without the package: "
                    + "hosts/install-fpm-host.sh) sets up."
            );
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw Lost(
                host,
                limit.IsCancellationRequested
                    ? $"it came to no end within {longest.TotalSeconds:0} s"
                    : $"it gave no sign of life for {_options.Silence.TotalSeconds:0} s"
            );
        }
        catch (Exception exception) when (SshConnections.IsBroken(exception))
        {
            cancellation.ThrowIfCancellationRequested();
            throw Lost(host, exception.Message, exception);
        }

        void Take(ReadOnlySpan<byte> bytes)
        {
            silence.CancelAfter(_options.Silence);
            take(bytes);
        }

        // A sign of life is a NUL byte.
        void Complain(ReadOnlySpan<byte> bytes)
        {
            silence.CancelAfter(_options.Silence);
            foreach (var part in bytes.ToArray().AsSpan().Split((byte)0))
            {
                said.Append(bytes[part]);
            }
        }
    }

    private static SshQuestion Question(long longest, IReadOnlyList<string> fields) =>
        new(
            Command,
            Encoding.UTF8.GetBytes(string.Concat(fields.Prepend(Form).Select(field => field + '\0'))),
            longest + MostOutput
        );

    private static CanaryException Lost(SshTarget host, string why, Exception? cause = null) =>
        new(
            PackagerCodes.FpmHostLost,
            $"{host.Name} was lost while FPM made a package there: {why.TrimEnd('.')}.",
            $"Check that {host.Name} is up, and what it has logged; then {Remedies.ReleaseAgain}.",
            cause
        );

    private static CanaryException Unfit(SshTarget host, int exit, string said) =>
        new(
            PackagerCodes.FpmUnavailable,
            $"FPM cannot be run on {host.Name}: {(said.Trim() is { Length: > 0 } why ? why : $"canary-fpm ended with {exit}")}",
            $"Install on {host.Name} what is missing, and bring it to this version of Canary: upgrade its package canary-build-host, or run "
                + "hosts/install-fpm-host.sh of this version there."
        );
}
