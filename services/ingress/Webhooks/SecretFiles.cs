using System.Security.Cryptography;
using System.Text;
using Canary.Files;

namespace Canary.Ingress.Webhooks;

/// <summary>Secrets in files, read again when they change.</summary>
internal sealed class SecretFiles(ILogger<SecretFiles> logger)
{
    private readonly Lock _gate = new();

    private readonly Dictionary<string, (DateTime Written, byte[] Secret)> _files = [];

    /// <summary>Files that the log has told of: whoever sends webhooks does not fill it.</summary>
    private readonly HashSet<string> _unreadable = [];

    /// <summary>Makes a secret unless there is one.</summary>
    public static string Ensure(string path)
    {
        if (!File.Exists(path))
        {
            var secret = RandomNumberGenerator.GetHexString(40, lowercase: true) + "\n";
            SecretFile.WriteNew(path, Encoding.UTF8.GetBytes(secret));
        }

        return path;
    }

    /// <param name="path">The file.</param>
    /// <param name="faults">Gets why there is none.</param>
    public byte[]? Read(string path, List<string> faults)
    {
        lock (_gate)
        {
            try
            {
                return ReadFile(path, faults);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                if (_unreadable.Add(path))
                {
                    logger.LogWarning("The secret file {Path} cannot be read: {Reason}", path, e.Message);
                }

                faults.Add($"{path}: {e.Message}");
                return null;
            }
        }
    }

    private byte[]? ReadFile(string path, List<string> faults)
    {
        var written = File.GetLastWriteTimeUtc(path);
        if (_files.TryGetValue(path, out var known) && known.Written == written)
        {
            return known.Secret;
        }

        var secret = Encoding.UTF8.GetBytes(SecretFile.ReadText(path));
        if (secret.Length < WebhookSecretRules.Shortest)
        {
            faults.Add($"{path} holds fewer than {WebhookSecretRules.Shortest} characters");
            return null;
        }

        _files[path] = (written, secret);
        _unreadable.Remove(path);
        return secret;
    }
}
