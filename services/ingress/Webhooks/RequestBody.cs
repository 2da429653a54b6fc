using System.Buffers;

namespace Canary.Ingress.Webhooks;

/// <summary>A request body held in memory; dispose gives the memory back.</summary>
internal sealed class RequestBody : IDisposable
{
    /// <summary>GitHub sends no payload over 25 MB.</summary>
    public const int Limit = 25 * 1024 * 1024;

    private const int FirstBuffer = 32 * 1024;

    private readonly BodyPlaces.Place _place;

    private byte[] _buffer = [];

    private int _length;

    private RequestBody(BodyPlaces.Place place) => _place = place;

    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <summary>Reads a body to its end.</summary>
    /// <param name="content">Where it comes from.</param>
    /// <param name="place">A place for it, which belongs to the body from now on.</param>
    /// <exception cref="BodyTooLargeException">It is over the limit.</exception>
    /// <exception cref="NoPlaceException">The client holds as much memory as it may.</exception>
    public static async Task<RequestBody> ReadAsync(
        Stream content,
        BodyPlaces.Place place,
        CancellationToken cancellationToken
    )
    {
        var body = new RequestBody(place);
        try
        {
            await body.FillAsync(content, cancellationToken);
            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <summary>Gives the place back and keeps the memory: who signs a body is not one of the strangers whom places are for.</summary>
    public void Trust() => _place.Dispose();

    public void Dispose()
    {
        Return();
        _length = 0;
        _place.Dispose();
    }

    private async Task FillAsync(Stream content, CancellationToken cancellationToken)
    {
        // A client that sends nothing costs no buffer.
        await content.ReadAsync(Memory<byte>.Empty, cancellationToken);
        while (true)
        {
            if (_length == _buffer.Length)
            {
                Grow();
            }

            var read = await content.ReadAsync(_buffer.AsMemory(_length), cancellationToken);
            if (read == 0)
            {
                return;
            }

            _length += read;
            if (_length > Limit)
            {
                throw new BodyTooLargeException();
            }
        }
    }

    private void Grow()
    {
        var size = Math.Max(FirstBuffer, _buffer.Length * 2);
        if (!_place.TryHold(size))
        {
            throw new NoPlaceException();
        }

        var larger = ArrayPool<byte>.Shared.Rent(size);
        Bytes.CopyTo(larger);
        Return();
        _buffer = larger;
    }

    private void Return()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _place.Release(_buffer.Length);
            _buffer = [];
        }
    }
}

/// <summary>A body is over <see cref="RequestBody.Limit"/>.</summary>
internal sealed class BodyTooLargeException : Exception;

/// <summary>A client has no place for another body, or for so large a one.</summary>
internal sealed class NoPlaceException : Exception;
