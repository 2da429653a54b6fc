using System.Security.Cryptography;
using Canary.Failures;
using Canary.Files;
using Canary.Ingress.Webhooks;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Jenkins;

/// <summary>The passwords that Jenkins may send with its notifications, which are not signed. There is always one, as there is for
/// <see cref="WebhookSecrets"/>.</summary>
internal sealed class JenkinsSecrets(
    IOptionsMonitor<IngressOptions> options,
    DataDirectory data,
    SecretFiles secretFiles
) : IHostedService
{
    private string? OwnFile =>
        options.CurrentValue.JenkinsSecretFiles.Count == 0 ? Path.Combine(data.For("ingress"), "jenkins-secret") : null;

    /// <summary>Makes the password that people look for when they set up the first notification.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (OwnFile is { } own)
        {
            SecretFiles.Ensure(own);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Whether a password is one of them; each is compared, in constant time.</summary>
    /// <exception cref="CanaryException">None can be read.</exception>
    public bool Include(ReadOnlySpan<byte> password)
    {
        var isKnown = false;
        foreach (var secret in Current())
        {
            isKnown |= CryptographicOperations.FixedTimeEquals(secret, password);
        }

        return isKnown;
    }

    /// <summary>The passwords in force.</summary>
    /// <exception cref="CanaryException">None can be read.</exception>
    public IReadOnlyList<byte[]> Current()
    {
        var faults = new List<string>();
        IReadOnlyList<string> files = OwnFile is { } own
            ? [SecretFiles.Ensure(own)]
            : options.CurrentValue.JenkinsSecretFiles;
        List<byte[]> secrets = [.. files.Select(file => secretFiles.Read(file, faults)).OfType<byte[]>()];
        return secrets.Count > 0
            ? secrets
            : throw new CanaryException(
                IngressCodes.WebhookSecretUnreadable,
                $"No password for Jenkins can be read: {string.Join("; ", faults)}.",
                "Check the files of ingress.jenkins-secret-files, their owner and mode."
            );
    }
}
