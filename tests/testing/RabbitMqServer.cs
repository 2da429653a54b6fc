using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Testcontainers.RabbitMq;

namespace Canary.Testing;

/// <summary>
/// A real RabbitMQ broker for tests: a container where a Docker engine has the image, else the installed Debian package, with
/// a private node, cookie, port mapper and directory. It can be killed and started again on the same data.
/// </summary>
public sealed class RabbitMqServer : IAsyncDisposable
{
    /// <summary>The image that is used where an engine has it.</summary>
    public const string Image = "rabbitmq:3.13-management";

    /// <summary>Name of the administrator.</summary>
    public const string User = "canary";

    private const string Password = "a password of this test run";
    private const int ManagementPortInside = 15672;

    private readonly TempDirectory _directory = new("canary-mq-");
    private readonly int _managementPort = FreePort.Next();
    private readonly int _mapperPort = FreePort.Next();
    private readonly int _nodePort = FreePort.Next();
    private readonly HttpClient _management;
    private readonly ServerCertificate? _certificate;
    private RabbitMqContainer? _container;
    private ServerProcess? _mapper;
    private ServerProcess? _process;
    private int _users;
    private int _virtualHosts;

    private RabbitMqServer(ServerCertificate? certificate)
    {
        _certificate = certificate;
        _management = new HttpClient { BaseAddress = new Uri($"http://{Host}:{_managementPort}/api/") };
        _management.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic",
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}"))
        );
    }

    public static string Host => "127.0.0.1";

    public int Port { get; } = FreePort.Next();

    /// <summary>Port that speaks TLS, on a server with a certificate.</summary>
    public int TlsPort { get; } = FreePort.Next();

    /// <summary>File with the password of all users.</summary>
    public string PasswordFile => _directory.Combine("password");

    /// <summary>Starts a broker.</summary>
    public static Task<RabbitMqServer> StartAsync() => StartAsync(certificate: null);

    /// <summary>Starts a broker that speaks TLS if it has a certificate; it is the Debian package then.</summary>
    public static async Task<RabbitMqServer> StartAsync(ServerCertificate? certificate)
    {
        var hasImage = certificate is null && await ContainerEngine.HasAsync(Image);
        if (!hasImage)
        {
            await InstalledPackages.RequireAsync("rabbitmq-server");
        }

        var server = new RabbitMqServer(certificate);
        server._directory.WriteFile("password", Password);
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

    /// <summary>Makes an empty virtual host and returns its name.</summary>
    public async Task<string> NewVirtualHostAsync()
    {
        var name = $"test-{Interlocked.Increment(ref _virtualHosts)}";
        await PutAsync($"vhosts/{name}", new { });
        await AllowAsync(User, name, ".*", ".*", ".*");
        return name;
    }

    /// <summary>Makes a user with the password of all users and no rights, and returns its name.</summary>
    public async Task<string> NewUserAsync()
    {
        var name = $"user-{Interlocked.Increment(ref _users)}";
        await PutAsync($"users/{name}", new { password = Password, tags = "" });
        return name;
    }

    /// <summary>Gives a user rights in a virtual host: patterns of what it may configure, write and read.</summary>
    public Task AllowAsync(string user, string virtualHost, string configure, string write, string read) =>
        PutAsync(
            $"permissions/{virtualHost}/{user}",
            new
            {
                configure,
                write,
                read,
            }
        );

    /// <summary>Makes a classic queue.</summary>
    public Task MakeQueueAsync(string virtualHost, string queue) =>
        PutAsync($"queues/{virtualHost}/{queue}", new { durable = true });

    /// <summary>Deletes a queue with all that is in it.</summary>
    public async Task DeleteQueueAsync(string virtualHost, string queue) =>
        (
            await _management.DeleteAsync(new Uri($"queues/{virtualHost}/{queue}", UriKind.Relative))
        ).EnsureSuccessStatusCode();

    /// <summary>Runs <c>rabbitmqctl</c>.</summary>
    public Task ControlAsync(params string[] arguments) =>
        _container is not null
            ? ContainerEngine.OutputOfAsync(_container, ["rabbitmqctl", .. arguments])
            : ProcessRunner.OutputOfAsync(
                "/usr/lib/rabbitmq/bin/rabbitmqctl",
                arguments,
                environment: Environment().ToDictionary(it => it.Key, it => (string?)it.Value)
            );

    /// <summary>Address of a virtual host, with the administrator's name and password.</summary>
    public Uri AddressOf(string virtualHost) =>
        new($"amqp://{User}:{Uri.EscapeDataString(Password)}@{Host}:{Port}/{virtualHost}");

    /// <summary>Asks the management API, for example for <c>queues/VHOST</c>.</summary>
    public async Task<JsonNode> AskAsync(string path) =>
        await _management.GetFromJsonAsync<JsonNode>(new Uri(path, UriKind.Relative))
        ?? throw new InvalidOperationException($"The management API has no answer to {path}.");

    /// <summary>Names of the queues of a virtual host.</summary>
    public async Task<IReadOnlyList<string>> QueuesAsync(string virtualHost) =>
        [.. (await AskAsync($"queues/{virtualHost}")).AsArray().Select(queue => (string)queue!["name"]!)];

    /// <summary>Makes a queue that gets a copy of each message of an exchange and that nobody consumes.</summary>
    public async Task SpyOnAsync(string virtualHost, string exchange, string queue)
    {
        await PutAsync($"exchanges/{virtualHost}/{exchange}", new { type = "fanout", durable = true });
        await MakeQueueAsync(virtualHost, queue);
        (
            await _management.PostAsJsonAsync(
                new Uri($"bindings/{virtualHost}/e/{exchange}/q/{queue}", UriKind.Relative),
                new { }
            )
        ).EnsureSuccessStatusCode();
    }

    /// <summary>Makes a topic exchange, for those who are earlier than the one who publishes to it.</summary>
    public Task MakeTopicAsync(string virtualHost, string exchange) =>
        PutAsync($"exchanges/{virtualHost}/{exchange}", new { type = "topic", durable = true });

    /// <summary>Makes a queue that gets what an exchange routes by a pattern.</summary>
    public async Task BindAsync(
        string virtualHost,
        string exchange,
        string pattern,
        string queue,
        Dictionary<string, object>? arguments = null
    )
    {
        await PutAsync($"queues/{virtualHost}/{queue}", new { durable = true, arguments = arguments ?? [] });
        (
            await _management.PostAsJsonAsync(
                new Uri($"bindings/{virtualHost}/e/{exchange}/q/{queue}", UriKind.Relative),
                new { routing_key = pattern }
            )
        ).EnsureSuccessStatusCode();
    }

    /// <summary>Deletes a thing of the management API, for example <c>queues/VHOST/QUEUE</c>.</summary>
    public async Task DeleteAsync(string path) =>
        (await _management.DeleteAsync(new Uri(path, UriKind.Relative))).EnsureSuccessStatusCode();

    /// <summary>Takes messages out of a queue: their properties and bodies.</summary>
    public async Task<IReadOnlyList<JsonNode>> TakeAsync(string virtualHost, string queue, int atMost)
    {
        using var answer = await _management.PostAsJsonAsync(
            new Uri($"queues/{virtualHost}/{queue}/get", UriKind.Relative),
            new
            {
                count = atMost,
                ackmode = "ack_requeue_false",
                encoding = "auto",
            }
        );
        answer.EnsureSuccessStatusCode();
        return [.. (await answer.Content.ReadFromJsonAsync<JsonArray>())!.Select(message => message!)];
    }

    /// <summary>Puts a message that was taken into a queue, as it was: with its id and all its properties.</summary>
    public async Task PutAsync(string virtualHost, string queue, JsonNode message)
    {
        using var answer = await _management.PostAsJsonAsync(
            new Uri($"exchanges/{virtualHost}/amq.default/publish", UriKind.Relative),
            new
            {
                properties = message["properties"],
                routing_key = queue,
                payload = message["payload"],
                payload_encoding = message["payload_encoding"],
            }
        );
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Messages in a queue, those on their way to a consumer too; 0 when there is no such queue.</summary>
    public async Task<int> CountAsync(string virtualHost, string queue) =>
        (await AskAsync($"queues/{virtualHost}"))
            .AsArray()
            .Where(it => (string)it!["name"]! == queue)
            .Sum(it => (int?)it!["messages"] ?? 0);

    /// <summary>Messages in each queue of a virtual host, those on their way to a consumer too.</summary>
    public async Task<IReadOnlyDictionary<string, int>> CountsAsync(string virtualHost) =>
        (await AskAsync($"queues/{virtualHost}"))
            .AsArray()
            .ToDictionary(queue => (string)queue!["name"]!, queue => (int?)queue!["messages"] ?? 0);

    /// <summary>Closes every connection, as a network that fails does.</summary>
    public async Task CutConnectionsAsync(string virtualHost)
    {
        foreach (var connection in (await AskAsync($"vhosts/{virtualHost}/connections")).AsArray())
        {
            var name = Uri.EscapeDataString((string)connection!["name"]!);
            await _management.DeleteAsync(new Uri($"connections/{name}", UriKind.Relative));
        }
    }

    /// <summary>Stops the broker in good order.</summary>
    public async Task StopAsync()
    {
        if (_container is not null)
        {
            await _container.StopAsync();
            return;
        }

        await _process!.SignalAsync("TERM");
        await _process.WaitForExitAsync();
    }

    /// <summary>Ends the broker at once.</summary>
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
        _process = ServerProcess.Start("/usr/lib/rabbitmq/bin/rabbitmq-server", [], Environment());
        await _process.AnswersAsync(async () =>
            _ = (await AskAsync("overview"))["listeners"]!.AsArray().First(it => (int)it!["port"]! == Port)
        );
    }

    private Dictionary<string, string> Environment() =>
        new()
        {
            ["HOME"] = _directory.Path,
            ["ERL_EPMD_PORT"] = _mapperPort.ToString(CultureInfo.InvariantCulture),
            ["ERL_EPMD_ADDRESS"] = Host,
            ["RABBITMQ_NODENAME"] = $"canary-{Port}@localhost",
            ["RABBITMQ_DIST_PORT"] = _nodePort.ToString(CultureInfo.InvariantCulture),
            ["RABBITMQ_CONF_ENV_FILE"] = _directory.Combine("environment.conf"),
            ["RABBITMQ_CONFIG_FILE"] = _directory.Combine("rabbitmq.conf"),
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = _directory.Combine("enabled_plugins"),
            ["RABBITMQ_MNESIA_BASE"] = _directory.CreateDirectory("data"),
            ["RABBITMQ_LOG_BASE"] = _directory.CreateDirectory("log"),
            ["RABBITMQ_PID_FILE"] = _directory.Combine("pid"),
            // Nothing to spin for on a machine that others use as well.
            ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "+sbwt none +sbwtdcpu none +sbwtdio none",
            // The program is the process itself, not a script around it.
            ["RUNNING_UNDER_SYSTEMD"] = "true",
        };

    private async Task StartProgramAsync()
    {
        _directory.WriteFile("enabled_plugins", "[rabbitmq_management].\n");
        _directory.WriteFile("environment.conf", "");
        _directory.WriteFile(
            "rabbitmq.conf",
            $"""
            listeners.tcp.1 = {Host}:{Port}
            management.tcp.ip = {Host}
            management.tcp.port = {_managementPort}
            default_user = {User}
            default_pass = {Password}
            default_user_tags.administrator = true
            log.console = true
            log.console.level = warning
            log.file = false
            {Tls()}

            """
        );
        _mapper = ServerProcess.Start("epmd", ["-port", $"{_mapperPort}", "-address", Host, "-relaxed_command_check"]);
        await StartAgainAsync();
    }

    private string Tls() =>
        _certificate is null
            ? ""
            : $"""
                listeners.ssl.1 = {Host}:{TlsPort}
                ssl_options.certfile = {_certificate.File}
                ssl_options.keyfile = {_certificate.KeyFile}
                ssl_options.cacertfile = {_certificate.AuthorityFile}
                ssl_options.verify = verify_none
                """;

    private async Task StartContainerAsync()
    {
        _container = new RabbitMqBuilder(Image)
            .WithUsername(User)
            .WithPassword(Password)
            .WithPortBinding(Port, RabbitMqBuilder.RabbitMqPort)
            .WithPortBinding(_managementPort, ManagementPortInside)
            .Build();
        await _container.StartAsync();
        await Eventually.TrueAsync(AnswersAsync);
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            var listeners = (await AskAsync("overview"))["listeners"]!.AsArray();
            return listeners.Any(it => (string?)it!["protocol"] == "amqp");
        }
        catch (Exception)
        {
            return false;
        }
    }

    private async Task PutAsync(string path, object body) =>
        (await _management.PutAsJsonAsync(new Uri(path, UriKind.Relative), body)).EnsureSuccessStatusCode();

    public async ValueTask DisposeAsync()
    {
        _management.Dispose();
        if (_container is not null)
        {
            await _container.DisposeAsync();
        }

        if (_process is not null)
        {
            await _process.KillAsync();
            _process.Dispose();
        }

        if (_mapper is not null)
        {
            await _mapper.KillAsync();
            _mapper.Dispose();
        }

        _directory.Dispose();
    }
}
