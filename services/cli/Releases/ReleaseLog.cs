using System.Runtime.CompilerServices;
using System.Text;
using Canary.Cli.Api;

namespace Canary.Cli.Releases;

/// <summary>Reads the log of a stage, or of a host, line by line; a broken connection is taken up again where it broke.</summary>
internal sealed class ReleaseLog(CanaryClient client, TimeProvider time)
{
    private const int MostAttempts = 10;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public async IAsyncEnumerable<string> ReadAsync(
        string id,
        string? stage,
        string? host,
        bool follow,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var shown = 0;
        for (var attempt = 1; ; attempt++)
        {
            await using var lines = ReadOnceAsync(id, stage, host, follow, cancellation)
                .GetAsyncEnumerator(cancellation);
            var number = 0;
            var broken = false;
            while (true)
            {
                try
                {
                    if (!await lines.MoveNextAsync())
                    {
                        break;
                    }
                }
                catch (Exception e)
                    when (attempt < MostAttempts && (e is IOException || (attempt > 1 && IsUnreachable(e))))
                {
                    broken = true;
                    break;
                }
                if (++number > shown)
                {
                    shown = number;
                    yield return lines.Current;
                }
            }
            // A server that stops ends its answers in good order: only the stage can say whether this was all.
            if (!broken && (!follow || await IsOverAsync(id, stage, cancellation)))
            {
                yield break;
            }
            await Task.Delay(Pause, time, cancellation);
        }
    }

    private async Task<bool> IsOverAsync(string id, string? stage, CancellationToken cancellation)
    {
        try
        {
            var release = await client.GetReleaseAsync(id, cancellation);
            var state = release.Stages.FirstOrDefault(candidate => candidate.Name == stage)?.State;
            return release.IsFinal()
                || States.Is(state, "Succeeded")
                || States.Is(state, "Failed")
                || States.Is(state, "Skipped");
        }
        catch (CliException e) when (IsUnreachable(e))
        {
            return false;
        }
    }

    private static bool IsUnreachable(Exception e) => e is CliException { ExitCode: ExitCodes.Unreachable };

    private async IAsyncEnumerable<string> ReadOnceAsync(
        string id,
        string? stage,
        string? host,
        bool follow,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await using var log = await client.OpenLogAsync(id, stage, host, follow, cancellation);
        using var reader = new StreamReader(log, Encoding.UTF8);
        while (await reader.ReadLineAsync(cancellation) is { } line)
        {
            yield return line;
        }
    }
}
