using System.Net;
using System.Net.Sockets;
using Canary.Failures;
using Canary.Machines.Ssh;
using Canary.Processes;

namespace Canary.Deployer.Traffic.HaProxy;

/// <summary>A way to the runtime API of an instance: carries a question there, and all of the answer back.</summary>
internal interface IRuntimeLink
{
    /// <exception cref="IOException">It was not answered; <see cref="SocketException"/> as well.</exception>
    Task<byte[]> AskAsync(ReadOnlyMemory<byte> question, CancellationToken cancellation);
}

/// <summary>Over a port, or a socket of this machine.</summary>
internal sealed class SocketLink(EndPoint endPoint) : IRuntimeLink
{
    public async Task<byte[]> AskAsync(ReadOnlyMemory<byte> question, CancellationToken cancellation)
    {
        using var socket =
            endPoint is UnixDomainSocketEndPoint
                ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
                : new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(endPoint, cancellation);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(question, cancellation);
        using var answer = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(buffer, cancellation) is > 0 and var count)
        {
            await answer.WriteAsync(buffer.AsMemory(0, count), cancellation);
            if (answer.Length > RuntimeApi.LongestAnswer)
            {
                throw new IOException($"its answer is longer than {RuntimeApi.LongestAnswer} bytes");
            }
        }

        return answer.ToArray();
    }
}

/// <summary>Over SSH, with the connections, keys and jump hosts of the deployer. SSH.NET passes no sockets on, so socat does there.</summary>
internal sealed class SshLink(SshConnections connections, RuntimeAddress.Remote address, TimeProvider time)
    : IRuntimeLink
{
    /// <summary>How long socat goes on waiting for the answer after the end of the question, in seconds.</summary>
    private const int Patience = 60;

    private const int LongestComplaint = 1 << 10;

    public async Task<byte[]> AskAsync(ReadOnlyMemory<byte> question, CancellationToken cancellation)
    {
        try
        {
            return await TryTwiceAsync(question, cancellation);
        }
        catch (Exception exception)
            when (exception is CanaryException or InvalidDataException || SshConnections.IsBroken(exception))
        {
            throw new IOException(exception.Message, exception);
        }
    }

    private async Task<byte[]> TryTwiceAsync(ReadOnlyMemory<byte> question, CancellationToken cancellation)
    {
        try
        {
            return await ExchangeAsync(question, fresh: false, cancellation);
        }
        catch (Exception exception) when (SshConnections.IsBroken(exception))
        {
            // The connection was there from before and is not any more.
            cancellation.ThrowIfCancellationRequested();
        }

        return await ExchangeAsync(question, fresh: true, cancellation);
    }

    private async Task<byte[]> ExchangeAsync(ReadOnlyMemory<byte> question, bool fresh, CancellationToken cancellation)
    {
        await using var lease = await connections.BorrowAsync(address.Machine, fresh, cancellation);
        using var answer = new MemoryStream();
        var errors = new OutputTail(LongestComplaint);
        var command = $"socat -t {Patience} - UNIX-CONNECT:{address.Path}";
        var code = await new SshQuestion(command, question, RuntimeApi.LongestAnswer).AskAsync(
            lease.Client,
            answer.Write,
            errors.Append,
            time,
            cancellation
        );
        return code == 0
            ? answer.ToArray()
            : throw new InvalidDataException($"socat failed there ({code}): {errors.ToString().Trim()}");
    }
}
