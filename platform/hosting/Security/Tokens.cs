using System.Security.Cryptography;
using System.Text;
using Canary.Durability.Storage;
using Canary.Failures;
using Canary.Files;
using Microsoft.Extensions.Options;

namespace Canary.Hosting.Security;

/// <summary>The tokens of this host, read once from files that only its user can read.</summary>
internal sealed class Tokens
{
    private readonly byte[] _apiDigest;
    private readonly byte[] _readDigest;
    private readonly byte[] _serviceDigest;

    public Tokens(DataDirectory data, IOptions<HostingOptions> options)
    {
        var files = FilesOf(options.Value, data);
        _apiDigest = Digest(ReadOrMake(files[0]));
        _readDigest = Digest(ReadOrMake(files[1]));
        Service = ReadOrMake(files[2]);
        _serviceDigest = Digest(Service);
    }

    /// <summary>What this host shows other services.</summary>
    public string Service { get; }

    /// <summary>The files of the tokens of operators, readers and services.</summary>
    public static string[] FilesOf(HostingOptions options, DataDirectory data)
    {
        var secrets = data.For("secrets");
        return
        [
            options.ApiTokenFile ?? Path.Combine(secrets, "api-token"),
            options.ReadTokenFile ?? Path.Combine(secrets, "read-token"),
            options.ServiceTokenFile ?? Path.Combine(secrets, "service-token"),
        ];
    }

    public bool IsApiToken(string presented) => CryptographicOperations.FixedTimeEquals(Digest(presented), _apiDigest);

    public bool IsReadToken(string presented) =>
        CryptographicOperations.FixedTimeEquals(Digest(presented), _readDigest);

    public bool IsServiceToken(string presented) =>
        CryptographicOperations.FixedTimeEquals(Digest(presented), _serviceDigest);

    private static byte[] Digest(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    private static string ReadOrMake(string path)
    {
        try
        {
            if (!File.Exists(path))
            {
                var token = RandomNumberGenerator.GetHexString(64, lowercase: true) + "\n";
                SecretFile.WriteNew(path, Encoding.UTF8.GetBytes(token));
            }

            var kept = File.ReadAllText(path).Trim();
            return kept.Length >= 16
                ? kept
                : throw new CanaryException(
                    HostingCodes.TokenTooShort,
                    $"The token in {path} is shorter than 16 characters.",
                    "Put a long random text into the file, for example the output of: openssl rand -hex 32"
                );
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw StorageFault.From(exception, path, "start again")
                ?? new CanaryException(
                    HostingCodes.TokenUnreadable,
                    $"The token file {path} cannot be read or made: {exception.Message}",
                    "Check the path in hosting.api-token-file, hosting.read-token-file or hosting.service-token-file, and its owner "
                        + "and mode.",
                    exception
                );
        }
    }
}
