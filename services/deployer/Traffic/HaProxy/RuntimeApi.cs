using System.Net.Sockets;
using System.Text;
using Canary.Failures;

namespace Canary.Deployer.Traffic.HaProxy;

/// <summary>Asks an instance of HAProxy: a command, and an answer up to the end of the connection (management.txt, 9.3).</summary>
internal sealed class RuntimeApi(RuntimeAddress address, TimeSpan timeout, TimeProvider time)
{
    private const int LongestAnswer = 16 * 1024 * 1024;

    /// <summary>How long one that gave no answer is not asked again: many hosts ask, and each would wait.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(3);

    private long? _wasSilent;

    public string Instance => address.Text;

    /// <summary>Does something about which HAProxy says nothing when it has done it.</summary>
    /// <exception cref="CanaryException"><c>haproxy-unavailable</c>, <c>haproxy-refused</c></exception>
    public async Task TellAsync(string command, CancellationToken cancellation)
    {
        var answer = (await AskAsync(command, cancellation)).Trim();
        if (answer.Length > 0)
        {
            throw Refused(command, answer);
        }
    }

    /// <exception cref="CanaryException"><c>haproxy-unavailable</c></exception>
    public async Task<string> AskAsync(string command, CancellationToken cancellation)
    {
        if (_wasSilent is { } then && time.GetElapsedTime(then) < Rest)
        {
            throw Unavailable($"it has just not answered within {timeout.TotalSeconds:0.###} s");
        }

        using var limit = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            var answer = await ExchangeAsync(command, either.Token);
            _wasSilent = null;
            return answer;
        }
        catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
        {
            _wasSilent = time.GetTimestamp();
            throw Unavailable($"it did not answer within {timeout.TotalSeconds:0.###} s", exception);
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            throw Unavailable(exception.Message, exception);
        }
    }

    internal CanaryException Refused(string command, string answer) =>
        new(
            DeployerCodes.HaproxyRefused,
            $"HAProxy at {Instance} refused '{command}': {answer.ReplaceLineEndings(" ")}",
            answer.Contains("ermission denied", StringComparison.Ordinal)
                ? "Give its stats socket 'level admin'."
                : "Compare its configuration with docs/haproxy.md."
        );

    private async Task<string> ExchangeAsync(string command, CancellationToken cancellation)
    {
        await using var stream = await address.ConnectAsync(cancellation);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(command + "\n"), cancellation);
        using var answer = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(buffer, cancellation) is > 0 and var count)
        {
            await answer.WriteAsync(buffer.AsMemory(0, count), cancellation);
            if (answer.Length > LongestAnswer)
            {
                throw new IOException($"its answer is longer than {LongestAnswer} bytes");
            }
        }

        return Encoding.UTF8.GetString(answer.GetBuffer(), 0, (int)answer.Length);
    }

    private CanaryException Unavailable(string why, Exception? cause = null) =>
        new(
            DeployerCodes.HaproxyUnavailable,
            $"HAProxy at {Instance} is unavailable: {why}.",
            "See that it runs, and that its stats socket is reachable from the deployer.",
            cause
        );
}
