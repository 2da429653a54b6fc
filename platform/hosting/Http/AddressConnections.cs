using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Canary.Hosting.Http;

/// <summary>Counts the connections of each address; those over its share are closed at once.</summary>
internal sealed class AddressConnections(TrustedProxies proxies, Capacity capacity)
{
    private readonly Lock _gate = new();

    private readonly Dictionary<IPAddress, int> _open = [];

    public ConnectionDelegate Limit(ConnectionDelegate next) =>
        async connection =>
        {
            // A socket in the file system has no address, and a proxy asks for others.
            if (connection.RemoteEndPoint is not IPEndPoint client || proxies.Contain(client.Address))
            {
                await next(connection);
                return;
            }

            var address = ClientAddress.Of(client.Address);
            if (!TryEnter(address))
            {
                connection.Abort(new ConnectionAbortedException("Its address has as many connections as it may have."));
                return;
            }

            try
            {
                await next(connection);
            }
            finally
            {
                Leave(address);
            }
        };

    private bool TryEnter(IPAddress address)
    {
        lock (_gate)
        {
            var open = _open.GetValueOrDefault(address);
            if (open >= capacity.ConnectionsPerAddress)
            {
                return false;
            }

            _open[address] = open + 1;
            return true;
        }
    }

    private void Leave(IPAddress address)
    {
        lock (_gate)
        {
            if (--_open[address] == 0)
            {
                _open.Remove(address);
            }
        }
    }
}
