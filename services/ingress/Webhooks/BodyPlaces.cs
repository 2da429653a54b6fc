using System.Net;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Webhooks;

/// <summary>
/// How many bodies each client may send at once, and how much memory they may take before their signatures are known. Each client
/// has its own places, so that a stranger with many slow ones shuts out nobody else.
/// </summary>
internal sealed class BodyPlaces(IOptionsMonitor<IngressOptions> options)
{
    /// <summary>A client has this much whatever the others do: enough for a body of 1 MiB, larger than pushes are.</summary>
    private const long Own = 4 << 20;

    /// <summary>Enough for the largest body, the smaller buffer that it is moved from, and some small ones beside it.</summary>
    private const long OneClient = 56 << 20;

    private const long AllClients = 144 << 20;

    private readonly Lock _gate = new();

    private readonly Dictionary<IPAddress, Client> _clients = [];

    private long _held;

    /// <summary>Bodies that are being read.</summary>
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

    private bool TryHold(Client client, int bytes)
    {
        lock (_gate)
        {
            var ofClient = client.Held + bytes;
            if (ofClient > Own && (ofClient > OneClient || _held + bytes > AllClients))
            {
                return false;
            }

            client.Held = ofClient;
            _held += bytes;
            return true;
        }
    }

    private void Release(Client client, long bytes)
    {
        lock (_gate)
        {
            client.Held -= bytes;
            _held -= bytes;
        }
    }

    private void Leave(Client client, long bytes)
    {
        lock (_gate)
        {
            Release(client, bytes);
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

    /// <summary>A place for one body; dispose gives it back with all memory that it holds.</summary>
    public sealed class Place : IDisposable
    {
        private readonly BodyPlaces _places;

        private Client? _client;

        private long _held;

        internal Place(BodyPlaces places, Client client) => (_places, _client) = (places, client);

        /// <returns>Whether there is so much memory more.</returns>
        public bool TryHold(int bytes)
        {
            if (_client is null || !_places.TryHold(_client, bytes))
            {
                return false;
            }

            _held += bytes;
            return true;
        }

        public void Release(int bytes)
        {
            if (_client is { } client)
            {
                _places.Release(client, bytes);
                _held -= bytes;
            }
        }

        public void Dispose()
        {
            if (_client is { } client)
            {
                _client = null;
                _places.Leave(client, _held);
            }
        }
    }
}
