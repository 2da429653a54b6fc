using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Canary.Failures;
using Canary.Files;
using Canary.Hosting.Discovery;
using Canary.Hosting.Security;
using Canary.Machines.Apt;

namespace Canary.Deployer.Transport.Local;

/// <summary>
/// The public keys that hosts check the repository with. They are fetched from the publisher once and kept: a repository
/// that is later signed by another key is refused by apt, until a person removes what is kept. Only a suite that a kept key has signed
/// brings another one, as on hosts of their own.
/// </summary>
internal sealed class RepositoryKey(
    IHttpClientFactory clients,
    ServiceDirectory services,
    DataDirectory data,
    ServicePassword password,
    SignatureVerifier verifier,
    TimeProvider time,
    ILogger<RepositoryKey> logger
) : IDisposable
{
    public const string FileName = "canary-archive-keyring.pgp";

    private const string Publisher = "repository-publisher";

    /// <summary>Field of a suite with the checksum of the keyring that it goes with.</summary>
    private const string KeyringField = "Canary-Keyring: ";

    private static readonly TimeSpan LookInterval = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private byte[]? _key;
    private long _lookedAt;

    /// <summary>Address of the repository for this machine, with a slash at its end.</summary>
    public Uri Repository => new(services.AddressHereOf(Publisher), "repository/");

    /// <summary>What apt shows there as <see cref="ServicePassword.User"/>, should the repository be for users.</summary>
    public string Password => password.Value;

    /// <summary>File that holds the key.</summary>
    public string Path => System.IO.Path.Combine(data.For(DeployerModule.Name), FileName);

    /// <param name="suite">The suite that the host follows.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="CanaryException"><c>repository-key-missing</c>: the publisher does not serve it.</exception>
    public async Task<byte[]> ReadAsync(string suite, CancellationToken cancellation)
    {
        if (_key is { } known && time.GetElapsedTime(Volatile.Read(ref _lookedAt)) < LookInterval)
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

            _key ??= await File.ReadAllBytesAsync(Path, cancellation);
            await RefreshAsync(suite, _key, cancellation);
            Volatile.Write(ref _lookedAt, time.GetTimestamp());
            return _key;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    /// <summary>Takes the keyring over that the suite names, if a key that is trusted has signed it. What goes wrong is apt's to
    /// tell.</summary>
    private async Task RefreshAsync(string suite, byte[] trusted, CancellationToken cancellation)
    {
        try
        {
            using var client = Client();
            var release = await client.GetByteArrayAsync(new Uri(Repository, $"dists/{suite}/Release"), cancellation);
            if (
                KeyringOf(release) is not { } sha256
                || sha256 == Sha256(trusted)
                || !SuiteValidity.IsValid(Encoding.UTF8.GetString(release), time.GetUtcNow())
            )
            {
                return;
            }

            var address = new Uri(Repository, $"dists/{suite}/Release.gpg");
            var signature = await client.GetByteArrayAsync(address, cancellation);
            var keyring = await client.GetByteArrayAsync(new Uri(Repository, FileName), cancellation);
            if (Sha256(keyring) == sha256 && await verifier.HasSignedAsync(Path, release, signature, cancellation))
            {
                await KeepAsync(keyring, cancellation);
                _key = keyring;
                logger.LogInformation(
                    "Simulated hosts trust the keys in {Path} from now on, as a signed suite says",
                    Path
                );
            }
        }
        catch (Exception exception)
            when (exception is HttpRequestException or TaskCanceledException or IOException
                && !cancellation.IsCancellationRequested
            )
        {
            logger.LogDebug(exception, "Whether the repository has another key could not be asked");
        }
    }

    private HttpClient Client()
    {
        var client = clients.CreateClient(nameof(RepositoryKey));
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic",
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"{ServicePassword.User}:{Password}"))
        );
        return client;
    }

    private static string? KeyringOf(byte[] release) =>
        Encoding
            .UTF8.GetString(release)
            .Split('\n')
            .FirstOrDefault(line => line.StartsWith(KeyringField, StringComparison.Ordinal))
            ?[KeyringField.Length..];

    private static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private async Task KeepAsync(byte[] key, CancellationToken cancellation)
    {
        var draft = $"{Path}.{Guid.NewGuid():N}.new";
        await File.WriteAllBytesAsync(draft, key, cancellation);
        File.Move(draft, Path, overwrite: true);
    }

    private async Task FetchAsync(CancellationToken cancellation)
    {
        var address = new Uri(Repository, FileName);
        try
        {
            using var client = Client();
            await KeepAsync(await client.GetByteArrayAsync(address, cancellation), cancellation);
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
