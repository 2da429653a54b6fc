using System.Text;
using Canary.Durability.Messaging;
using Canary.Durability.Storage;
using Canary.Files;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Canary.Hosting.Security;

/// <summary>What every host has to keep secret.</summary>
internal static class SecretsOfHost
{
    public static void AddKnownSecrets(this IServiceCollection services)
    {
        services.AddSingleton<KnownSecrets>();
        services.AddSingleton(provider => SecretSource.OfFiles(() => FilesOf(provider)));
        services.AddSingleton(provider => new SecretSource(() =>
            [Encoding.UTF8.GetBytes(provider.GetRequiredService<ServicePassword>().Value)]
        ));
    }

    private static IEnumerable<string?> FilesOf(IServiceProvider provider)
    {
        var hosting = provider.GetRequiredService<IOptions<HostingOptions>>().Value;
        return
        [
            .. Tokens.FilesOf(hosting, provider.GetRequiredService<DataDirectory>()),
            hosting.CertificateKeyFile ?? hosting.CertificateFile,
            provider.GetRequiredService<IOptions<TransportOptions>>().Value.PasswordFile,
            provider.GetRequiredService<IOptions<StorageOptions>>().Value.PasswordFile,
        ];
    }
}
