using System.Buffers;

namespace Canary.Ingress.Webhooks;

/// <summary>A request body held in memory, piece by piece; dispose gives the memory and the place back.</summary>
internal sealed class RequestBody : IDisposable
{
    /// <summary>GitHub sends no payload over 25 MB.</summary>
    public const int Limit = 25 * 1024 * 1024;

    private readonly BodyPlaces.Place _place;

    private readonly List<byte[]> _pieces = [];

    private int _length;

    private RequestBody(BodyPlaces.Place place) => _place = place;

    /// <summary>The body as it lies there.</summary>
    public ReadOnlySequence<byte> Content => BodySegment.Join(_pieces, _length);

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

    /// <summary>The body in one array, for those who cannot read it otherwise; it may be written to. A second copy of a large body, so
    /// only for one whose sender is known.</summary>
    public Memory<byte> Joined() => _pieces is [var only] ? only.AsMemory(0, _length) : Content.ToArray();

    public void Dispose()
    {
        _length = 0;
        _place.Return(_pieces);
        _pieces.Clear();
        _place.Dispose();
    }

    private async Task<BodyFault?> FillAsync(Stream content, CancellationToken cancellationToken)
    {
        // Into no piece yet: a client that sends nothing costs none.
        _length += await content.ReadAsync(Memory<byte>.Empty, cancellationToken);
        while (true)
        {
            var used = _length % BodyPieces.Size;
            if (used == 0 && _length == _pieces.Count * BodyPieces.Size)
            {
                if (_place.TryTakePiece() is not { } piece)
                {
                    return BodyFault.NoPlace;
                }

                _pieces.Add(piece);
            }

            var read = await content.ReadAsync(_pieces[^1].AsMemory(used), cancellationToken);
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
}

/// <summary>Why a body was not read.</summary>
internal enum BodyFault
{
    /// <summary>It is over <see cref="RequestBody.Limit"/>.</summary>
    TooLarge,

    /// <summary>Its client holds as much memory as it may.</summary>
    NoPlace,
}
