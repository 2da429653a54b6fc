using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Canary.Pipeline;

/// <summary>
/// The installation of <c>compose/compose.yaml</c> under a name, on ports and with secrets of its own, beside one that may run
/// already; it is taken away again. Root of its machine sees into its containers.
/// </summary>
internal sealed class ComposeInstallation : Installation, IAsyncDisposable
{
    private static readonly TimeSpan LongestStart = TimeSpan.FromMinutes(8);

    private readonly TempDirectory _directory = new();
    private readonly Outside _outside;
    private readonly Dictionary<string, string?> _environment;
    private readonly Dictionary<string, string> _roots = [];
    private HttpClient? _shop;

    public ComposeInstallation(Outside outside)
    {
        _outside = outside;
        _environment = new Dictionary<string, string?>
        {
            ["CANARY_PIPELINE"] = _directory.Path,
            ["CANARY_REPOSITORIES"] = _directory.CreateDirectory("repositories"),
            ["CANARY_PORT"] = Port(),
            ["CANARY_REPOSITORY_PORT"] = Port(),
            ["CANARY_SHOP_PORT"] = Port(),
            ["CANARY_RABBITMQ_UI_PORT"] = Port(),
            ["CANARY_CONSUL_UI_PORT"] = Port(),
        };
    }

    /// <summary>Hosts of the fleet.</summary>
    public static IReadOnlyList<string> Hosts { get; } = ["canary-1", "web-1", "web-2", "web-3"];

    public override string Log => LogsAsync().GetAwaiter().GetResult();

    /// <summary>The published repository of packages.</summary>
    public Uri Repository => new(Address("CANARY_REPOSITORY_PORT"), "repository/");

    public async Task UpAsync(CancellationToken cancellation)
    {
        (
            await ProcessRunner.RunAsync(
                SourceTree.PathOf("compose", "secrets.sh"),
                [],
                cancellationToken: cancellation
            )
        ).EnsureSuccess();
        _outside.WriteSecrets(_directory);
        _directory.WriteFile("webhook-secret", WebhookSecret);
        await ConfigureAsync(File.ReadAllText(SourceTree.PathOf("tests", "pipeline", "canary.yaml")));
        // Containers read the files as users of their own.
        (
            await ProcessRunner.RunAsync("chmod", ["-R", "a+rX", _directory.Path], cancellationToken: cancellation)
        ).EnsureSuccess();
        await ComposeAsync(["up", "--detach", "--wait", "--wait-timeout", "300"], LongestStart, cancellation);
        Http = await ClientAsync(Address("CANARY_PORT"), SourceTree.PathOf("compose", "secrets", "api-token"));
        _shop = new HttpClient { BaseAddress = Address("CANARY_SHOP_PORT") };
        foreach (var host in Hosts)
        {
            _roots[host] = await RootOfAsync(host);
        }
    }

    /// <summary>Lets a service begin anew with a setting changed in <c>canary.yaml</c>.</summary>
    public async Task ChangeAsync(string service, string setting, string value)
    {
        var configuration = File.ReadAllText(SourceTree.PathOf("tests", "pipeline", "canary.yaml"));
        var changed = configuration.Replace(setting, value, StringComparison.Ordinal);
        await ConfigureAsync(changed);
        await ComposeAsync(["restart", service], LongestStart);
        await ComposeAsync(["up", "--detach", "--wait", "--no-recreate", "--wait-timeout", "300"], LongestStart);
    }

    public override string HostRoot(string host) => _roots[host];

    /// <summary>Delivers bytes to a webhook.</summary>
    public async Task<int> PostAsync(string path, string body, AuthenticationHeaderValue authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body) { Headers = { ContentType = new("application/json") } },
            Headers = { Authorization = authorization },
        };
        using var answer = await Http.SendAsync(request);
        return (int)answer.StatusCode;
    }

    /// <summary>Asks the API for a release as it shows it to people.</summary>
    public async Task<JsonNode> DescribeAsync(ReleaseView release) =>
        JsonNode.Parse(await Http.GetStringAsync(new Uri($"/api/releases/{release.Id}", UriKind.Relative)))!;

    /// <summary>Log of a release's stage.</summary>
    public Task<string> LogOfAsync(ReleaseView release) =>
        Http.GetStringAsync(new Uri($"/api/releases/{release.Id}/logs", UriKind.Relative));

    /// <summary>Runs a program in a container; its output.</summary>
    public async Task<string> OutputOfAsync(string service, params string[] command) =>
        (await ComposeAsync(["exec", "--no-TTY", service, .. command], LongestStart)).Output.Trim();

    /// <summary>Asks the shop through HAProxy for its version, some times.</summary>
    /// <param name="asksForCanaries">Whether the request carries the header that leads to the canaries.</param>
    public async Task<IReadOnlyList<string>> VersionsBehindHaProxyAsync(bool asksForCanaries, int times = 24)
    {
        var versions = new List<string>();
        for (var i = 0; i < times; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/version");
            if (asksForCanaries)
            {
                request.Headers.Add("X-SHOP-Canary", "true");
            }

            using var answer = await _shop!.SendAsync(request);
            versions.Add(
                answer.IsSuccessStatusCode
                    ? (await answer.Content.ReadAsStringAsync()).Trim()
                    : string.Create(CultureInfo.InvariantCulture, $"HTTP {(int)answer.StatusCode}")
            );
        }

        return [.. versions.Distinct().Order(StringComparer.Ordinal)];
    }

    /// <summary>The end of what its containers have printed.</summary>
    public async Task<string> LogsAsync() =>
        (
            await ProcessRunner.RunAsync("docker", [.. Compose(), "logs", "--tail", "60"], environment: _environment)
        ).Output;

    public async ValueTask DisposeAsync()
    {
        await ProcessRunner.RunAsync(
            "docker",
            [.. Compose(), "down", "--volumes", "--remove-orphans", "--timeout", "5"],
            environment: _environment
        );
        Http?.Dispose();
        _shop?.Dispose();
        _directory.Dispose();
    }

    private static string Port() => FreePort.Next().ToString(CultureInfo.InvariantCulture);

    private static IEnumerable<string> Compose() =>
        [
            "compose",
            "--file",
            SourceTree.PathOf("compose", "compose.yaml"),
            "--file",
            SourceTree.PathOf("tests", "pipeline", "compose.yaml"),
        ];

    private Uri Address(string port) => new($"http://127.0.0.1:{_environment[port]}/");

    private async Task ConfigureAsync(string additions)
    {
        var compose = await File.ReadAllTextAsync(SourceTree.PathOf("compose", "config", "canary.yaml"));
        // Into the same file: a container has that one, whatever stands at its path later.
        await File.WriteAllTextAsync(
            _directory.Combine("canary.yaml"),
            MergedYaml.Of(compose, _outside.Complete(additions))
        );
    }

    private async Task<string> RootOfAsync(string host)
    {
        var container = (await ComposeAsync(["ps", "--quiet", host], LongestStart)).Output.Trim();
        var id = await ProcessRunner.OutputOfAsync("docker", ["inspect", "--format", "{{.State.Pid}}", container]);
        return $"/proc/{id.Trim()}/root";
    }

    private async Task<ToolResult> ComposeAsync(
        IReadOnlyList<string> arguments,
        TimeSpan limit,
        CancellationToken cancellation = default
    ) =>
        (
            await ProcessRunner.RunAsync(
                "docker",
                [.. Compose(), .. arguments],
                environment: _environment,
                timeLimit: limit,
                cancellationToken: cancellation
            )
        ).EnsureSuccess();
}
