using System.Text.Json;

namespace Canary.Cli.Api;

/// <summary>Where the server is, and the token to show it.</summary>
internal sealed record ServerAddress(Uri Uri, string? Token);

/// <summary><c>server.json</c>: written by the all-in-one host into its data directory once it is ready.</summary>
internal sealed record ServerFile
{
    public required string Address { get; init; }
    public int Pid { get; init; }
}

/// <summary>
/// Finds the server: as told, or the one that runs on this machine. Asked again before every connection, because a
/// restarted server may have another address.
/// </summary>
internal sealed class ServerLocator(string? server, string? token, string dataDirectory)
{
    public string DataDirectory { get; } = dataDirectory;

    public string ServerFilePath => Path.Combine(DataDirectory, "server.json");

    /// <summary>Whether the user named a server, so that none is looked for on this machine.</summary>
    public bool IsExplicit => server is not null;

    public ServerAddress Locate()
    {
        if (server is null)
        {
            var file =
                ReadServerFile()
                ?? throw new CliException(
                    ExitCodes.Unreachable,
                    CliCodes.NoServer,
                    $"No Canary server runs here: there is no {ServerFilePath}.",
                    "Start one with 'canary server start' ('canary run' does so by itself), or name one with --server URL."
                );
            return new ServerAddress(ParseAddress(file.Address), token ?? LocalToken());
        }

        var address = ParseAddress(server);
        // The token of this machine's server is shown to no other.
        var isOurs = token is null && ReadServerFile() is { } local && ParseAddress(local.Address) == address;
        return new ServerAddress(address, isOurs ? LocalToken() : token);
    }

    public ServerFile? ReadServerFile()
    {
        try
        {
            using var stream = File.OpenRead(ServerFilePath);
            return JsonSerializer.Deserialize(stream, ApiJson.Default.ServerFile);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException)
        {
            // Written by a host that died, or being written now: as good as none.
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            throw NotReadable(ServerFilePath);
        }
    }

    private string? LocalToken()
    {
        var path = Path.Combine(DataDirectory, "secrets", "api-token");
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            // Reading needs no token; the server says so where one is needed.
            return null;
        }
    }

    private static Uri ParseAddress(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is ("http" or "https")
            ? new Uri(uri.GetLeftPart(UriPartial.Path).TrimEnd('/') + "/")
            : throw CliException.Usage(
                CliCodes.ServerAddress,
                $"'{address}' is not an address of a server.",
                "Give an http or https address, for example --server https://canary.example.org."
            );

    private static CliException NotReadable(string path) =>
        new(
            ExitCodes.NotAllowed,
            CliCodes.DataNotReadable,
            $"{path} belongs to another user.",
            "Run the command as the user that runs the server, or name the server with --server URL --token TOKEN."
        );
}
