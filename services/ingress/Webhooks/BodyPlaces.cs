using System.Net;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Webhooks;

/// <summary>
/// How many bodies each client may send at once, and how much memory they may take before their signatures are known. Each client
/// has its own places, so that a stranger with many slow ones shuts out nobody else.
/// </summary>
internal sealed class BodyPlaces(IOptionsMonitor<IngressOptions> options, BodyPieces pieces)
{
    /// <summary>A client has this much whatever the others do: enough for a body of 1 MiB, larger than pushes are.</summary>
    private const long Own = 4 << 20;

    /// <summary>Enough for two of the largest bodies, and some small ones beside them.</summary>
    private const long OneClient = 56 << 20;

    private const long AllClients = 144 << 20;

    private readonly Lock _gate = new();

    private readonly Dictionary<IPAddress, Client> _clients = [];

    private long _held;

    /// <summary>Bytes that bodies hold.</summary>
    public long Held
    {
        get
        {
            lock (_gate)
            {
                return _held;
            }
        }
    }

    /// <summary>Bodies that are being read, or looked at.</summary>
    public int Taken
    {
        get
        {
            lock (_gate)
            {
                return _clients.Values.Sum(client => client.Places);
            }
        }
    }

    /// <returns><c>null</c>: the client has as many as it may have.</returns>
    public Place? TryTake(IPAddress address)
    {
        lock (_gate)
        {
            if (!_clients.TryGetValue(address, out var client))
            {
                client = _clients[address] = new Client(address);
            }

            if (client.Places >= options.CurrentValue.WebhookPlacesPerClient)
            {
                return null;
            }

            client.Places++;
            return new Place(this, client);
        }
    }

    private byte[]? TryTakePiece(Client client)
    {
        lock (_gate)
        {
            var ofClient = client.Held + BodyPieces.Size;
            if (ofClient > Own && (ofClient > OneClient || _held + BodyPieces.Size > AllClients))
            {
                return null;
            }

            client.Held = ofClient;
            _held += BodyPieces.Size;
        }

        return pieces.Take();
    }

    private void Return(Client client, IReadOnlyCollection<byte[]> taken)
    {
        pieces.Return(taken);
        lock (_gate)
        {
            client.Held -= taken.Count * (long)BodyPieces.Size;
            _held -= taken.Count * (long)BodyPieces.Size;
        }
    }

    private void Leave(Client client)
    {
        lock (_gate)
        {
            if (--client.Places == 0)
            {
                _clients.Remove(client.Address);
            }
        }
    }

    /// <summary>What one client has.</summary>
    internal sealed class Client(IPAddress address)
    {
        public IPAddress Address => address;

        public int Places { get; set; }

        public long Held { get; set; }
    }

    /// <summary>A place for one body, and the memory that it takes; dispose gives the place back.</summary>
    public sealed class Place : IDisposable
    {
        private readonly BodyPlaces _places;

        private Client? _client;

        internal Place(BodyPlaces places, Client client) => (_places, _client) = (places, client);

        /// <returns><c>null</c>: the client holds as much as it may.</returns>
        public byte[]? TryTakePiece() => _client is { } client ? _places.TryTakePiece(client) : null;

        /// <summary>Gives pieces back, before the place.</summary>
        public void Return(IReadOnlyCollection<byte[]> pieces)
        {
            if (_client is { } client)
            {
                _places.Return(client, pieces);
            }
        }

        public void Dispose()
        {
            if (_client is { } client)
            {
                _client = null;
                _places.Leave(client);
            }
        }
    }
}
