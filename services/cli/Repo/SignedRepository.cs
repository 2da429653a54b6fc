using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Canary.Machines.Apt;

namespace Canary.Cli.Repo;

/// <summary>A package repository as apt sees it: nothing of it is believed that is not signed by a key of the keyring.</summary>
internal sealed partial class SignedRepository : IDisposable
{
    private const int LargestIndex = 512 << 20;

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromMinutes(1) };
    private readonly Uri _address;
    private readonly string _keyring;
    private readonly TimeProvider _time;

    private SignedRepository(Uri address, string keyring, TimeProvider time, RepositoryUser? user)
    {
        _http.DefaultRequestHeaders.Authorization = user?.Header;
        _time = time;
        _address = address;
        _keyring = keyring;
    }

    /// <exception cref="CliException">There is no such keyring, or the address is none.</exception>
    public static SignedRepository At(string address, string keyring, TimeProvider time, RepositoryUser? user = null)
    {
        if (
            !Uri.TryCreate(address.TrimEnd('/') + "/", UriKind.Absolute, out var uri)
            || uri.Scheme is not ("http" or "https" or "file")
        )
        {
            throw CliException.Usage(
                CliCodes.RepositoryUnreadable,
                $"'{address}' is not the address of a repository.",
                "Give it as hosts have it: http://HOST:PORT/repository/."
            );
        }

        return File.Exists(keyring)
            ? new SignedRepository(uri, Path.GetFullPath(keyring), time, user)
            : throw CliException.Usage(
                CliCodes.FileUnreadable,
                $"There is no keyring {keyring}.",
                "Fetch it from the repository (canary-archive-keyring.pgp), compare its fingerprint with canary repo keys list, and name it "
                    + "with --keyring."
            );
    }

    public static string FieldOf(string stanza, string name) =>
        stanza
            .Split('\n')
            .FirstOrDefault(line => line.StartsWith($"{name}: ", StringComparison.Ordinal))
            ?[(name.Length + 2)..]
        ?? "";

    /// <summary>The beginning of the commit, which stands at the end of a version that was made of one.</summary>
    public static string? CommitOf(string version) =>
        CommitSyntax().Match(version) is { Success: true } match ? match.Groups[1].Value : null;

    /// <summary>Looks for a file in a suite.</summary>
    /// <returns>The keys that have signed the suite, and the file's paragraph in it; <c>null</c>: it lists no such file.</returns>
    /// <exception cref="CliException">The suite cannot be read, no key of the keyring has signed it, or it has lapsed.</exception>
    public async Task<(IReadOnlyList<string> Fingerprints, string? Stanza)> FindAsync(
        string suite,
        string sha256,
        CancellationToken cancellation
    )
    {
        var release = await ReadAsync($"dists/{suite}/Release", cancellation);
        var signature = await ReadAsync($"dists/{suite}/Release.gpg", cancellation);
        var fingerprints = await ReleaseSignature.SignersAsync(suite, release, signature, _keyring, cancellation);
        var text = Encoding.UTF8.GetString(release);
        if (!SuiteValidity.IsValid(text, _time.GetUtcNow()))
        {
            throw new CliException(
                ExitCodes.ReleaseFailed,
                CliCodes.SuiteLapsed,
                $"The suite {suite} has a good signature, and is not valid any more: it may be an old one that somebody shows again.",
                "Look at this machine's clock, and at the repository itself: canary doctor says when its signatures lapse."
            );
        }

        foreach (var (hash, path) in IndexesOf(text))
        {
            // By its checksum: another one may have taken its place by now.
            var place = path[..path.LastIndexOf('/')];
            var index = await ReadAsync($"dists/{suite}/{place}/by-hash/SHA256/{hash}", cancellation);
            if (Convert.ToHexStringLower(SHA256.HashData(index)) != hash)
            {
                throw Unreadable($"{path} of the suite {suite} is not what its signed Release file says.");
            }

            var stanza = (await UnpackAsync(index, cancellation))
                .Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
                .FirstOrDefault(stanza => FieldOf(stanza, "SHA256") == sha256);
            if (stanza is not null)
            {
                return (fingerprints, stanza);
            }
        }

        return (fingerprints, null);
    }

    public void Dispose() => _http.Dispose();

    private static IEnumerable<(string Hash, string Path)> IndexesOf(string release) =>
        release
            .Split('\n')
            .Where(line => line.StartsWith(' '))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(parts =>
                parts is [{ Length: 64 }, _, var path] && path.EndsWith("/Packages.gz", StringComparison.Ordinal)
            )
            .Select(parts => (parts[0], parts[2]));

    private static async Task<string> UnpackAsync(byte[] index, CancellationToken cancellation)
    {
        using var text = new MemoryStream();
        await using var gzip = new GZipStream(new MemoryStream(index), CompressionMode.Decompress);
        var buffer = new byte[1 << 16];
        int read;
        while ((read = await gzip.ReadAsync(buffer, cancellation)) > 0)
        {
            await text.WriteAsync(buffer.AsMemory(0, read), cancellation);
            if (text.Length > LargestIndex)
            {
                throw Unreadable("An index of the repository unpacks to more than 512 MiB.");
            }
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }

    private async Task<byte[]> ReadAsync(string path, CancellationToken cancellation)
    {
        var address = new Uri(_address, path);
        try
        {
            return address.IsFile
                ? await File.ReadAllBytesAsync(address.LocalPath, cancellation)
                : await _http.GetByteArrayAsync(address, cancellation);
        }
        catch (HttpRequestException e) when (e.StatusCode == HttpStatusCode.Unauthorized)
        {
            throw new CliException(
                ExitCodes.Unreachable,
                CliCodes.RepositoryUnreadable,
                $"{address} is for users of the repository only.",
                "Name one with --repository-user and --repository-password-file."
            );
        }
        catch (Exception e)
            when (e is HttpRequestException or IOException or UnauthorizedAccessException
                || (e is OperationCanceledException && !cancellation.IsCancellationRequested)
            )
        {
            throw Unreadable($"{address} cannot be read: {e.Message}");
        }
    }

    private static CliException Unreadable(string message) =>
        new(
            ExitCodes.Unreachable,
            CliCodes.RepositoryUnreadable,
            message,
            "Check the address, and that the repository publisher runs."
        );

    [GeneratedRegex(@"[.+~]g([0-9a-f]{7,40})\z")]
    private static partial Regex CommitSyntax();
}
