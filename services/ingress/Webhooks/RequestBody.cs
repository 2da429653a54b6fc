using System.Buffers;

namespace Canary.Ingress.Webhooks;

/// <summary>A request body held in memory; dispose gives the memory back.</summary>
internal sealed class RequestBody : IDisposable
{
    /// <summary>GitHub sends no payload over 25 MB.</summary>
    public const int Limit = 25 * 1024 * 1024;

    private const int FirstBuffer = 32 * 1024;

    /// <summary>Bodies over this size wait for one of a few places, so that callers who need no secret to send one cannot
    /// make the host hold hundreds of large ones at once.</summary>
    private const int Small = 1024 * 1024;

    private static readonly SemaphoreSlim LargeBodies = new(4);

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);

    private int _length;

    private bool _isLarge;

    private RequestBody() { }

    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <returns>The body; <c>null</c> if it is over the limit.</returns>
    public static async Task<RequestBody?> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > Limit)
        {
            return null;
        }

        var body = new RequestBody();
        try
        {
            if (await body.FillAsync(request.Body, cancellationToken))
            {
                return body;
            }
        }
        catch
        {
            body.Dispose();
            throw;
        }

        body.Dispose();
        return null;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _length = 0;
        if (_isLarge)
        {
            _isLarge = false;
            LargeBodies.Release();
        }
    }

    private async Task<bool> FillAsync(Stream stream, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_length == _buffer.Length)
            {
                await GrowAsync(cancellationToken);
            }

            var read = await stream.ReadAsync(_buffer.AsMemory(_length), cancellationToken);
            if (read == 0)
            {
                return true;
            }

            _length += read;
            if (_length > Limit)
            {
                return false;
            }
        }
    }

    private async Task GrowAsync(CancellationToken cancellationToken)
    {
        if (!_isLarge && _buffer.Length >= Small)
        {
            await LargeBodies.WaitAsync(cancellationToken);
            _isLarge = true;
        }

        var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        Bytes.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
