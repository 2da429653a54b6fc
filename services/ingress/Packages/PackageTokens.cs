using System.Security.Cryptography;
using System.Text;
using Canary.Hosting.Security;
using Canary.Ingress.Webhooks;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Packages;

/// <summary>The tokens with which other programs bring packages, each of one application and good for nothing else.</summary>
internal sealed class PackageTokens(IOptionsMonitor<IngressOptions> options, SecretFiles secretFiles)
    : IApplicationTokens
{
    public string? ApplicationOf(string presented)
    {
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(presented));
        string? found = null;
        foreach (var (application, token) in Tokens())
        {
            if (CryptographicOperations.FixedTimeEquals(SHA256.HashData(token), digest))
            {
                found ??= application;
            }
        }

        return found;
    }

    /// <summary>All of them; they are kept out of logs.</summary>
    public IEnumerable<byte[]> All() => Tokens().Select(known => known.Token);

    private IEnumerable<(string Application, byte[] Token)> Tokens()
    {
        foreach (var (application, file) in options.CurrentValue.PackageTokenFiles)
        {
            if (secretFiles.Read(file, []) is { } token)
            {
                yield return (application, token);
            }
        }
    }
}
