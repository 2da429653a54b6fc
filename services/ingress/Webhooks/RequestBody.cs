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
    /// <returns>The body, or why there is none.</returns>
    public static async Task<(RequestBody? Body, BodyFault? Fault)> ReadAsync(
        Stream content,
        BodyPlaces.Place place,
        CancellationToken cancellationToken
    )
    {
        var body = new RequestBody(place);
        var isWhole = false;
        try
        {
            var fault = await body.FillAsync(content, cancellationToken);
            isWhole = fault is null;
            return isWhole ? (body, null) : (null, fault);
        }
        finally
        {
            if (!isWhole)
            {
                body.Dispose();
            }
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

    private async Task<BodyFault?> FillAsync(Stream content, CancellationToken cancellationToken)
    {
        // Into no buffer yet: a client that sends nothing costs none.
        _length += await content.ReadAsync(_buffer, cancellationToken);
        while (true)
        {
            if (_length == _buffer.Length && !TryGrow())
            {
                return BodyFault.NoPlace;
            }

            var read = await content.ReadAsync(_buffer.AsMemory(_length), cancellationToken);
            if (read == 0)
            {
                return null;
            }

            _length += read;
            if (_length > Limit)
            {
                return BodyFault.TooLarge;
            }
        }
    }

    private bool TryGrow()
    {
        var size = Math.Max(FirstBuffer, _buffer.Length * 2);
        if (!_place.TryHold(size))
        {
            return false;
        }

        var larger = ArrayPool<byte>.Shared.Rent(size);
        Bytes.CopyTo(larger);
        Return();
        _buffer = larger;
        return true;
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

/// <summary>Why a body was not read.</summary>
internal enum BodyFault
{
    /// <summary>It is over <see cref="RequestBody.Limit"/>.</summary>
    TooLarge,

    /// <summary>Its client holds as much memory as it may.</summary>
    NoPlace,
}
