using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Canary.Benchmarks;

/// <summary>
/// Sends requests that are ready as bytes over connections that are kept, one at a time on each, and reads of the answers no
/// more than it must: it shares the processors with what it measures.
/// </summary>
internal static class HttpLoad
{
    /// <param name="address">Where the server listens.</param>
    /// <param name="requests">The requests; each is sent once.</param>
    /// <param name="connections">How many are in flight at once.</param>
    /// <param name="rate">Requests a second, each sent at its time; <c>null</c>: as fast as answers come.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<LoadResult> RunAsync(
        Uri address,
        IReadOnlyList<byte[]> requests,
        int connections,
        double? rate,
        CancellationToken cancellationToken
    )
    {
        var latencies = new double[requests.Count];
        var next = -1;
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < connections; i++)
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                sockets.Add(socket);
                await socket.ConnectAsync(IPAddress.Loopback, address.Port, cancellationToken);
            }

            var start = Stopwatch.GetTimestamp();
            await Task.WhenAll(sockets.Select(socket => Task.Run(() => SendAsync(socket, start), cancellationToken)));
            return new LoadResult(requests.Count, Stopwatch.GetElapsedTime(start), latencies);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }

        async Task SendAsync(Socket socket, long start)
        {
            var buffer = new byte[8192];
            while (Interlocked.Increment(ref next) is var index && index < requests.Count)
            {
                var sentAt = Stopwatch.GetTimestamp();
                if (rate is { } perSecond)
                {
                    // Measured from when it was due: a server that stalls does not thin out the requests it is judged by.
                    var due = start + (long)(index / perSecond * Stopwatch.Frequency);
                    var wait = Stopwatch.GetElapsedTime(sentAt, due);
                    if (wait > TimeSpan.FromMilliseconds(1))
                    {
                        await Task.Delay(wait, TimeProvider.System, cancellationToken);
                    }

                    sentAt = Math.Max(due, sentAt);
                }

                await socket.SendAsync(requests[index], cancellationToken);
                await ReadAnswerAsync(socket, buffer, cancellationToken);
                latencies[index] = Stopwatch.GetElapsedTime(sentAt).TotalMilliseconds;
            }
        }
    }

    private static async Task ReadAnswerAsync(Socket socket, byte[] buffer, CancellationToken cancellationToken)
    {
        var length = 0;
        do
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(length), cancellationToken);
            length =
                read == 0 ? throw new IOException("The server closed the connection.")
                : length + read < buffer.Length ? length + read
                : throw new IOException("The answer is too long.");
        } while (!IsWhole(buffer.AsSpan(0, length)));

        if (!buffer.AsSpan(0, length).StartsWith("HTTP/1.1 202 "u8))
        {
            throw new InvalidOperationException(
                $"A request was not accepted:\n{Encoding.UTF8.GetString(buffer, 0, length)}"
            );
        }
    }

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return false;
        }

        var field = answer[..head].IndexOf("Content-Length: "u8);
        return field < 0
            ? answer.EndsWith("\r\n0\r\n\r\n"u8)
            : answer.Length
                == head
                    + 4
                    + int.Parse(Line(answer[(field + "Content-Length: ".Length)..]), CultureInfo.InvariantCulture);

        static ReadOnlySpan<byte> Line(ReadOnlySpan<byte> text) => text[..text.IndexOf((byte)'\r')];
    }
}

/// <param name="Count">Requests that were accepted.</param>
/// <param name="Elapsed">Time for all of them.</param>
/// <param name="Latencies">Time to the answer of each, in ms.</param>
internal sealed record LoadResult(int Count, TimeSpan Elapsed, IReadOnlyList<double> Latencies)
{
    public double PerSecond => Count / Elapsed.TotalSeconds;

    /// <summary>Nearest rank, in ms.</summary>
    public double Percentile(double share) =>
        Math.Round(Latencies.Order().ElementAt((int)Math.Ceiling(share * Count) - 1), 1);
}
