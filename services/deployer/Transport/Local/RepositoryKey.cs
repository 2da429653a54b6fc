using Canary.Failures;
using Canary.Files;
using Canary.Hosting.Discovery;

namespace Canary.Deployer.Transport.Local;

/// <summary>
/// The public key that hosts check the repository with. It is fetched from the publisher once and kept: a repository
/// that is later signed by another key is refused by apt, until a person removes the kept key.
/// </summary>
internal sealed class RepositoryKey(IHttpClientFactory clients, ServiceDirectory services, DataDirectory data)
    : IDisposable
{
    public const string FileName = "canary-archive-keyring.pgp";

    private const string Publisher = "repository-publisher";

    private readonly SemaphoreSlim _gate = new(1, 1);
    private byte[]? _key;

    /// <summary>Address of the repository, with a slash at its end.</summary>
    public Uri Repository => new(services.AddressOf(Publisher), "repository/");

    /// <summary>File that holds the key.</summary>
    public string Path => System.IO.Path.Combine(data.For(DeployerModule.Name), FileName);

    /// <exception cref="CanaryException"><c>repository-key-missing</c>: the publisher does not serve it.</exception>
    public async Task<byte[]> ReadAsync(CancellationToken cancellation)
    {
        if (_key is { } known)
        {
            return known;
        }

        await _gate.WaitAsync(cancellation);
        try
        {
            if (!File.Exists(Path))
            {
                await FetchAsync(cancellation);
            }

            return _key = await File.ReadAllBytesAsync(Path, cancellation);
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private async Task FetchAsync(CancellationToken cancellation)
    {
        var address = new Uri(Repository, FileName);
        try
        {
            using var client = clients.CreateClient(nameof(RepositoryKey));
            var key = await client.GetByteArrayAsync(address, cancellation);
            var draft = $"{Path}.{Guid.NewGuid():N}.new";
            await File.WriteAllBytesAsync(draft, key, cancellation);
            File.Move(draft, Path, overwrite: true);
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            cancellation.ThrowIfCancellationRequested();
            throw new CanaryException(
                DeployerCodes.RepositoryKeyMissing,
                $"The repository's public key could not be fetched from {address}: {exception.Message}",
                "Check that the repository publisher runs and is reachable at that address.",
                exception
            );
        }
    }
}
