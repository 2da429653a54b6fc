using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Canary.Testing;

/// <summary>A real Consul server for tests, of Debian 11's archive, with private ports and a private data directory that
/// outlives its restarts.</summary>
public sealed class ConsulServer : IAsyncDisposable
{
    private const string ManagementToken = "11111111-2222-3333-4444-555555555555";

    private readonly TempDirectory _directory = new("canary-consul-");
    private readonly string _program;
    private readonly HttpClient _http;
    private ServerProcess? _process;

    private ConsulServer(string program, bool isSecured)
    {
        _program = program;
        _http = new HttpClient { BaseAddress = new Uri($"{Address}/v1/") };
        if (isSecured)
        {
            _http.DefaultRequestHeaders.Add("X-Consul-Token", ManagementToken);
        }
    }

    /// <summary>Address of its HTTP API.</summary>
    public string Address { get; } = $"http://127.0.0.1:{FreePort.Next().ToString(CultureInfo.InvariantCulture)}";

    /// <summary>Address of its HTTP API over TLS; <c>null</c>: it has none.</summary>
    public string? SecureAddress { get; private set; }

    /// <summary>File with the authority that signed its certificate.</summary>
    public string AuthorityFile => _directory.Combine("consul-agent-ca.pem");

    /// <summary>File with a token that may do everything, where there are ACLs.</summary>
    public string ManagementTokenFile => _directory.WriteFile("management-token", ManagementToken + "\n");

    /// <summary>Starts a server.</summary>
    /// <param name="acl">Whether it denies what no token allows.</param>
    /// <param name="tls">Whether it also answers over TLS.</param>
    public static async Task<ConsulServer> StartAsync(bool acl = false, bool tls = false)
    {
        await InstalledPackages.RequireAsync("debian-archive-keyring");
        // The last Debian that has it.
        var program = await ProcessRunner.OutputOfAsync(
            SourceTree.PathOf("tests", "other-debian.sh"),
            ["bullseye", "consul", "usr/bin/consul"]
        );
        var server = new ConsulServer(program.Trim(), acl);
        await server.ConfigureAsync(acl, tls);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Ends it at once, as a power cut does.</summary>
    public Task KillAsync() => _process!.KillAsync();

    /// <summary>Stops its time, or lets it go on.</summary>
    public Task FreezeAsync(bool frozen = true) => _process!.SignalAsync(frozen ? "STOP" : "CONT");

    /// <summary>Starts it again, on its data.</summary>
    /// <param name="empty">Forgets everything first: its indexes begin anew.</param>
    public async Task StartAgainAsync(bool empty = false)
    {
        _process?.Dispose();
        if (empty)
        {
            Directory.Delete(_directory.Combine("data"), recursive: true);
        }

        _process = ServerProcess.Start(_program, ["agent", "-config-file", _directory.Combine("consul.json")]);
        // With a leader it takes writes, once its own node is in the catalog and the token is known.
        await _process.AnswersAsync(async () =>
        {
            var node = await _http.GetFromJsonAsync<JsonArray>("catalog/nodes");
            if (node!.Count == 0)
            {
                throw new InvalidOperationException("It is not ready yet.");
            }
        });
    }

    /// <summary>Registers an instance of a service on a node.</summary>
    public async Task RegisterAsync(
        string node,
        string service,
        string[] tags,
        string nodeAddress = "127.0.0.1",
        string address = "",
        int port = 0,
        IReadOnlyDictionary<string, string>? metadata = null,
        string status = "passing"
    )
    {
        await PutAsync(
            "catalog/register",
            new
            {
                Node = node,
                Address = nodeAddress,
                Service = new
                {
                    Service = service,
                    Tags = tags,
                    Address = address,
                    Port = port,
                    Meta = metadata,
                },
                Check = new
                {
                    Name = $"{service} is well",
                    ServiceID = service,
                    Status = status,
                },
            }
        );
    }

    /// <summary>Registers what a file of services says, with Consul's own program.</summary>
    public Task RegisterFileAsync(string file) =>
        ProcessRunner.OutputOfAsync(_program, ["services", "register", $"-http-addr={Address}", file]);

    /// <summary>Removes a node with its services.</summary>
    public Task DeregisterAsync(string node) => PutAsync("catalog/deregister", new { Node = node });

    /// <summary>Names of the services that it knows.</summary>
    public async Task<IReadOnlyList<string>> ServicesAsync() =>
        [.. (await _http.GetFromJsonAsync<JsonObject>("catalog/services"))!.Select(service => service.Key)];

    /// <summary>The instances of a service with their checks, as the API tells them.</summary>
    public async Task<JsonArray> InstancesAsync(string service) =>
        (await _http.GetFromJsonAsync<JsonArray>($"health/service/{service}"))!;

    /// <summary>Reads a key; <c>null</c>: there is none.</summary>
    public async Task<string?> GetKeyAsync(string key)
    {
        using var answer = await _http.GetAsync(new Uri($"kv/{key}?raw", UriKind.Relative));
        return answer.StatusCode == HttpStatusCode.NotFound
            ? null
            : await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }

    /// <summary>Writes a key.</summary>
    public async Task PutKeyAsync(string key, string value)
    {
        using var content = new StringContent(value);
        using var answer = await _http.PutAsync(new Uri($"kv/{key}", UriKind.Relative), content);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Makes a token with a policy of its own.</summary>
    /// <param name="rules">The policy's rules, in HCL.</param>
    /// <returns>File with the token.</returns>
    public async Task<string> MakeTokenAsync(string rules)
    {
        var name = $"test-{Guid.NewGuid():N}";
        await PutAsync("acl/policy", new { Name = name, Rules = rules });
        var token = await PutAsync("acl/token", new { Policies = new[] { new { Name = name } } });
        return _directory.WriteFile(name, JsonNode.Parse(token)!["SecretID"]!.GetValue<string>() + "\n");
    }

    public ValueTask DisposeAsync()
    {
        _process?.Dispose();
        _http.Dispose();
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<string> PutAsync(string path, object body)
    {
        using var answer = await _http.PutAsJsonAsync(path, body, JsonSerializerOptions.Default);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? text : throw new InvalidOperationException($"{path}: {text}");
    }

    private async Task ConfigureAsync(bool acl, bool tls)
    {
        var ports = new JsonObject
        {
            ["http"] = new Uri(Address).Port,
            ["server"] = FreePort.Next(),
            ["serf_lan"] = FreePort.Next(),
            ["serf_wan"] = -1,
            ["dns"] = -1,
            ["grpc"] = -1,
        };
        var configuration = new JsonObject
        {
            ["server"] = true,
            ["bootstrap_expect"] = 1,
            ["node_name"] = "consul-server",
            ["bind_addr"] = "127.0.0.1",
            ["client_addr"] = "127.0.0.1",
            ["data_dir"] = _directory.CreateDirectory("data"),
            ["performance"] = new JsonObject { ["raft_multiplier"] = 1 },
            ["disable_update_check"] = true,
            ["ports"] = ports,
        };
        if (acl)
        {
            configuration["acl"] = new JsonObject
            {
                ["enabled"] = true,
                ["default_policy"] = "deny",
                ["tokens"] = new JsonObject { ["master"] = ManagementToken, ["agent"] = ManagementToken },
            };
        }

        if (tls)
        {
            await RunAsync("tls", "ca", "create");
            await RunAsync("tls", "cert", "create", "-server");
            var port = FreePort.Next();
            SecureAddress = $"https://localhost:{port.ToString(CultureInfo.InvariantCulture)}";
            ports["https"] = port;
            configuration["cert_file"] = _directory.Combine("dc1-server-consul-0.pem");
            configuration["key_file"] = _directory.Combine("dc1-server-consul-0-key.pem");
        }

        _directory.WriteFile("consul.json", configuration.ToJsonString());

        Task RunAsync(params string[] arguments) =>
            ProcessRunner.OutputOfAsync(_program, arguments, workingDirectory: _directory.Path);
    }
}
