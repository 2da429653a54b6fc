using System.Globalization;
using System.Net.Sockets;

namespace Canary.Testing;

/// <summary>A real mail server for tests (aiosmtpd, of Debian): it keeps what it takes in a Maildir.</summary>
public sealed class MailServer : IDisposable
{
    private readonly TempDirectory _directory = new("canary-mail-");
    private readonly ServerProcess _process;

    private MailServer(IEnumerable<string> encryption) =>
        _process = ServerProcess.Start(
            "/usr/bin/python3",
            [
                "-m",
                "aiosmtpd",
                "--nosetuid",
                "--listen",
                string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}"),
                .. encryption,
                "--class",
                "aiosmtpd.handlers.Mailbox",
                _directory.Combine("mails"),
            ]
        );

    public int Port { get; } = FreePort.Next();

    /// <summary>The mails that it has taken, in their order.</summary>
    public IReadOnlyList<string> Mails =>
        Directory.Exists(_directory.Combine("mails", "new"))
            ?
            [
                .. new DirectoryInfo(_directory.Combine("mails", "new"))
                    .GetFiles()
                    .OrderBy(file => file.LastWriteTimeUtc)
                    .Select(file => File.ReadAllText(file.FullName)),
            ]
            : [];

    /// <summary>Starts a server without encryption.</summary>
    public static Task<MailServer> StartAsync() => StartAsync([]);

    /// <summary>Starts a server that takes mails only after STARTTLS.</summary>
    public static Task<MailServer> StartAsync(ServerCertificate certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return StartAsync(["--tlscert", certificate.File, "--tlskey", certificate.KeyFile]);
    }

    /// <summary>Starts a server that is encrypted from the first byte.</summary>
    public static Task<MailServer> StartEncryptedAsync(ServerCertificate certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return StartAsync(["--smtpscert", certificate.File, "--smtpskey", certificate.KeyFile]);
    }

    public void Dispose()
    {
        _process.Dispose();
        _directory.Dispose();
    }

    private static async Task<MailServer> StartAsync(IEnumerable<string> encryption)
    {
        await InstalledPackages.RequireAsync("python3-aiosmtpd");
        var server = new MailServer(encryption);
        try
        {
            await server._process.AnswersAsync(async () =>
            {
                using var client = new TcpClient();
                await client.ConnectAsync("127.0.0.1", server.Port);
            });
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }
}
