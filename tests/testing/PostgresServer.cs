using System.Globalization;
using System.Net.Sockets;
using Testcontainers.PostgreSql;

namespace Canary.Testing;

/// <summary>
/// A real PostgreSQL server for tests: a container where a Docker engine has the image, else the installed Debian package, on
/// a private directory and a free port. It can be killed and started again on the same data.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    /// <summary>The image that is used where an engine has it.</summary>
    public const string Image = "postgres:15";

    /// <summary>Name of the owner of all databases.</summary>
    public const string User = "canary";

    private const string Password = "a password of this test run";

    private readonly TempDirectory _directory;
    private readonly string _programs;
    private readonly ServerCertificate? _certificate;
    private readonly string _fsync;
    private PostgreSqlContainer? _container;
    private ServerProcess? _process;
    private int _databases;
    private int _users;

    private PostgresServer(TempDirectory directory, string programs, string fsync, ServerCertificate? certificate)
    {
        _certificate = certificate;
        _directory = directory;
        _programs = programs;
        _fsync = fsync;
    }

    public static string Host => "127.0.0.1";

    public int Port { get; } = FreePort.Next();

    /// <summary>File with the owner's password.</summary>
    public string PasswordFile => _directory.Combine("password");

    private string Data => _directory.Combine("server", "data");

    /// <summary>Starts a server whose commits do not wait for the disk: a test ends no machine, only processes.</summary>
    public static Task<PostgresServer> StartAsync() => StartAsync(syncs: false);

    /// <summary>Starts a server.</summary>
    /// <param name="syncs">Whether commits wait for the disk, as they do in production.</param>
    public static Task<PostgresServer> StartAsync(bool syncs) => StartAsync(syncs, certificate: null);

    /// <summary>Starts a server that speaks TLS if it has a certificate; it is the Debian package then.</summary>
    public static Task<PostgresServer> StartAsync(ServerCertificate? certificate) =>
        StartAsync(syncs: false, certificate);

    private static async Task<PostgresServer> StartAsync(bool syncs, ServerCertificate? certificate)
    {
        var hasImage = certificate is null && await ContainerEngine.HasAsync(Image);
        if (!hasImage)
        {
            await InstalledPackages.RequireAsync("postgresql");
        }

        var directory = new TempDirectory("canary-pg-");
        var server = new PostgresServer(directory, hasImage ? "" : FindPrograms(), syncs ? "on" : "off", certificate);
        directory.WriteFile("password", Password);
        try
        {
            await (hasImage ? server.StartContainerAsync() : server.StartProgramAsync());
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes an empty database and returns its name.</summary>
    /// <param name="properties">What is special about it, in SQL.</param>
    public async Task<string> NewDatabaseAsync(string properties = "")
    {
        var name = $"test_{Interlocked.Increment(ref _databases)}";
        await QueryAsync("postgres", $"CREATE DATABASE {name} {properties}");
        return name;
    }

    /// <summary>Makes a user with the password of all users, who is no administrator, and returns its name.</summary>
    public async Task<string> NewUserAsync()
    {
        var name = $"user_{Interlocked.Increment(ref _users)}";
        await QueryAsync("postgres", $"CREATE ROLE {name} LOGIN PASSWORD '{Password}'");
        return name;
    }

    /// <summary>Puts rules of access (pg_hba.conf) before those that there are.</summary>
    public async Task AddAccessRuleAsync(string rule)
    {
        var file = (await QueryAsync("postgres", "SHOW hba_file")).Trim();
        await QueryAsync(
            "postgres",
            $"COPY (SELECT unnest('{{{rule},host all all all scram-sha-256}}'::text[])) TO '{file}'"
        );
        await QueryAsync("postgres", "SELECT pg_reload_conf()");
    }

    /// <summary>Starts it again on the data that it had, as a server that follows another one: it can be read only.</summary>
    public async Task BecomeStandbyAsync()
    {
        var data = (await QueryAsync("postgres", "SHOW data_directory")).Trim();
        await QueryAsync("postgres", $"COPY (SELECT) TO '{data}/standby.signal'");
        await KillAsync();
        await StartAgainAsync();
    }

    /// <summary>Runs SQL with psql; returns its rows, columns separated by <c>|</c>.</summary>
    public Task<string> QueryAsync(string database, string sql) =>
        _container is not null
            ? ContainerEngine.OutputOfAsync(
                _container,
                "psql",
                "-XAtq",
                "-v",
                "ON_ERROR_STOP=1",
                "-U",
                User,
                "-d",
                database,
                "-c",
                sql
            )
            : ProcessRunner.OutputOfAsync(
                Path.Combine(_programs, "psql"),
                ["-XAtq", "-v", "ON_ERROR_STOP=1", "-h", Host, "-p", $"{Port}", "-U", User, "-d", database, "-c", sql],
                environment: new Dictionary<string, string?> { ["PGPASSWORD"] = File.ReadAllText(PasswordFile) }
            );

    /// <summary>Ends the server and everybody's connections at once.</summary>
    public Task KillAsync() => _container is null ? _process!.KillAsync() : ContainerEngine.KillAsync(_container);

    /// <summary>Starts it on the data that it had.</summary>
    public async Task StartAgainAsync()
    {
        if (_container is not null)
        {
            await ContainerEngine.StartAgainAsync(_container);
            await Eventually.TrueAsync(AnswersAsync);
            return;
        }

        _process?.Dispose();
        // A killed server leaves the file, and its number may be somebody else's by now.
        File.Delete(Path.Combine(Data, "postmaster.pid"));
        var (file, arguments) = AsUnprivileged(
            "postgres",
            [
                "-D",
                Data,
                .. Options(
                    ("listen_addresses", Host),
                    ("port", Port.ToString(CultureInfo.InvariantCulture)),
                    ("unix_socket_directories", ""),
                    ("max_connections", "300"),
                    ("shared_buffers", "64MB"),
                    ("dynamic_shared_memory_type", "mmap"),
                    ("fsync", _fsync),
                    ("log_min_messages", "warning"),
                    ("ssl", _certificate is null ? "off" : "on"),
                    ("ssl_cert_file", _directory.Combine("server", "certificate")),
                    ("ssl_key_file", _directory.Combine("server", "key"))
                ),
            ]
        );
        _process = ServerProcess.Start(file, arguments);
        await _process.AnswersAsync(async () =>
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(Host, Port);
            await QueryAsync("postgres", "SELECT 1");
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (_container is not null)
        {
            await _container.DisposeAsync();
        }

        if (_process is not null)
        {
            await _process.KillAsync();
            _process.Dispose();
        }

        _directory.Dispose();
    }

    private static IEnumerable<string> Options(params (string Name, string Value)[] options) =>
        options.SelectMany(option => (string[])["-c", $"{option.Name}={option.Value}"]);

    private static string FindPrograms() =>
        Directory
            .GetDirectories("/usr/lib/postgresql")
            .OrderByDescending(version => int.Parse(Path.GetFileName(version), CultureInfo.InvariantCulture))
            .Select(version => Path.Combine(version, "bin"))
            .First(Directory.Exists);

    private async Task StartContainerAsync()
    {
        _container = new PostgreSqlBuilder(Image)
            .WithUsername(User)
            .WithPassword(Password)
            .WithDatabase("postgres")
            .WithPortBinding(Port, PostgreSqlBuilder.PostgreSqlPort)
            .WithCommand("postgres", "-c", $"fsync={_fsync}", "-c", "max_connections=300")
            .Build();
        await _container.StartAsync();
        await Eventually.TrueAsync(AnswersAsync);
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await QueryAsync("postgres", "SELECT 1");
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }

    private async Task StartProgramAsync()
    {
        await InitialiseAsync();
        await StartAgainAsync();
    }

    private async Task InitialiseAsync()
    {
        _directory.CreateDirectory("server");
        string[] owned = [_directory.Combine("server"), PasswordFile];
        if (_certificate is not null)
        {
            // The server wants its key to be nobody else's.
            File.Copy(_certificate.File, _directory.Combine("server", "certificate"));
            File.Copy(_certificate.KeyFile, _directory.Combine("server", "key"));
            File.SetUnixFileMode(_directory.Combine("server", "key"), UnixFileMode.UserRead);
            owned = [.. owned, _directory.Combine("server", "certificate"), _directory.Combine("server", "key")];
        }

        if (Environment.IsPrivilegedProcess)
        {
            // The server refuses to run as root; its user must get through to its directory, and read the password.
            await ProcessRunner.OutputOfAsync("chown", ["postgres", .. owned]);
            File.SetUnixFileMode(_directory.Path, FileModes.PrivateDirectory | FileModes.Execute);
        }

        var (file, arguments) = AsUnprivileged(
            "initdb",
            ["-D", Data, "-U", User, "-A", "scram-sha-256", $"--pwfile={PasswordFile}", "--locale=C.UTF-8", "--no-sync"]
        );
        await ProcessRunner.OutputOfAsync(file, arguments);
    }

    private (string File, IEnumerable<string> Arguments) AsUnprivileged(string program, IEnumerable<string> arguments)
    {
        var path = Path.Combine(_programs, program);
        return Environment.IsPrivilegedProcess
            ? ("setpriv", ["--reuid=postgres", "--regid=postgres", "--init-groups", path, .. arguments])
            : (path, arguments);
    }
}
