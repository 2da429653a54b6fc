using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Canary.Failures;

namespace Canary.GitHub;

/// <summary>Signs for a GitHub App that it is itself
/// (docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app).</summary>
internal static class AppSignature
{
    /// <summary>GitHub advises it, against clocks that differ.</summary>
    private static readonly TimeSpan Earlier = TimeSpan.FromSeconds(60);

    /// <summary>GitHub takes ten minutes at most, by its own clock.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(9);

    /// <exception cref="CanaryException"><c>github-credentials-unreadable</c></exception>
    public static string Sign(string app, string keyFile, DateTimeOffset now)
    {
        using var key = ReadKey(keyFile);
        var header = Encode(new { alg = "RS256", typ = "JWT" });
        var payload = Encode(
            new
            {
                iat = (now - Earlier).ToUnixTimeSeconds(),
                exp = (now + Lifetime).ToUnixTimeSeconds(),
                iss = app,
            }
        );
        var signed = $"{header}.{payload}";
        var signature = key.SignData(
            System.Text.Encoding.ASCII.GetBytes(signed),
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1
        );
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    private static string Encode(object value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));

    private static RSA ReadKey(string file)
    {
        var key = RSA.Create();
        try
        {
            key.ImportFromPem(CredentialFile.Read(file));
            return key;
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw GitHubErrors.Unreadable(file, "holds no RSA private key (PEM).", exception);
        }
        catch (CanaryException)
        {
            key.Dispose();
            throw;
        }
    }
}
