namespace Canary.Ingress.Webhooks;

/// <summary>
/// What bodies cost the processor before it is known who sent them. Every secret is tried on all of a body, so large ones with false
/// signatures are the most that a stranger can make the server do: they take turns, and no small push waits behind them.
/// </summary>
internal sealed class BodyWork : IDisposable
{
    /// <summary>Bytes; larger than nearly all pushes are.</summary>
    public const int Large = 256 * 1024;

    private readonly SemaphoreSlim _turn = new(1);

    /// <param name="length">Of the body, in bytes.</param>
    /// <param name="work">What is to be done with it.</param>
    /// <param name="cancellation">Ends the wait for a turn.</param>
    public async ValueTask<T> RunAsync<T>(long length, Func<T> work, CancellationToken cancellation)
    {
        if (length <= Large)
        {
            return work();
        }

        await _turn.WaitAsync(cancellation);
        try
        {
            return await Task.Run(work, CancellationToken.None);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();
}
