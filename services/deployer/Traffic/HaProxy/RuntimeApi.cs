using System.Net.Sockets;
using System.Text;
using Canary.Failures;

namespace Canary.Deployer.Traffic.HaProxy;

/// <summary>Asks an instance of HAProxy: a command, and an answer up to the end of the connection (management.txt, 9.3).</summary>
internal sealed class RuntimeApi(string instance, IRuntimeLink link, TimeSpan timeout, TimeProvider time)
{
    internal const int LongestAnswer = 16 * 1024 * 1024;

    /// <summary>How long one that gave no answer is not asked again: many hosts ask, and each would wait.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(3);

    private long? _wasSilent;

    public string Instance => instance;

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
            var answer = Encoding.UTF8.GetString(
                await link.AskAsync(Encoding.ASCII.GetBytes(command + "\n"), either.Token)
            );
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

    private CanaryException Unavailable(string why, Exception? cause = null) =>
        new(
            DeployerCodes.HaproxyUnavailable,
            $"HAProxy at {Instance} is unavailable: {why}.",
            "See that it runs, and that its stats socket is reachable from the deployer.",
            cause
        );
}
