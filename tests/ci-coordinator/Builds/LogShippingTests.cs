using System.Text;
using Canary.Contracts.Releases;
using Canary.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Canary.CiCoordinator.Tests.Builds;

public sealed class LogShippingTests : IAsyncLifetime
{
    private GitRepository _repository = null!;
    private LogKeeper _ingress = null!;

    public async ValueTask InitializeAsync()
    {
        _repository = await GitRepository.CreateAsync();
        _ingress = new LogKeeper();
    }

    public async ValueTask DisposeAsync()
    {
        _repository.Dispose();
        await _ingress.DisposeAsync();
    }

    [Fact]
    public async Task The_log_arrives_while_the_build_runs_and_is_whole_at_its_end()
    {
        await _ingress.StartAsync();
        await using var host = await StartAsync();
        var gate = Path.Combine(host.DataPath, "gate");
        var push = await PushAsync($"echo first; while ! [ -e {gate} ]; do sleep 0.05; done; seq 1 100000");
        await host.PublishAsync(push);

        await Eventually.TrueAsync(() => _ingress.LogOf(push.ReleaseId).Contains("\nfirst\n"));
        File.WriteAllText(gate, "");

        await host.IsInAsync(push.ReleaseId, ReleaseStates.Completed);
        await Eventually.TrueAsync(() => _ingress.LogOf(push.ReleaseId).Contains("==> script/cibuild passed"));
        _ingress.LogOf(push.ReleaseId).ShouldContain(string.Concat(Enumerable.Range(1, 100_000).Select(i => $"{i}\n")));
        _ingress.Authorizations.ShouldHaveSingleItem().ShouldStartWith("Bearer ");
        await SpoolIsEmptyAsync(host);
    }

    [Fact]
    public async Task Nothing_is_lost_while_ingress_is_away_and_the_release_does_not_wait_for_it()
    {
        await using var host = await StartAsync();
        var push = await PushAsync("echo hello");
        await host.PublishAsync(push);
        await host.IsInAsync(push.ReleaseId, ReleaseStates.Completed);

        await _ingress.StartAsync();

        await Eventually.TrueAsync(() => _ingress.LogOf(push.ReleaseId).Contains("\nhello\n"));
        await SpoolIsEmptyAsync(host);
    }

    [Fact]
    public async Task What_a_stopped_host_had_not_sent_is_sent_when_it_starts_again()
    {
        await using var host = await StartAsync();
        var push = await PushAsync("echo hello");
        await host.PublishAsync(push);
        await host.IsInAsync(push.ReleaseId, ReleaseStates.Completed);
        await host.StopAsync();

        await _ingress.StartAsync();
        await host.StartAsync();

        await Eventually.TrueAsync(() => _ingress.LogOf(push.ReleaseId).Contains("\nhello\n"));
        await SpoolIsEmptyAsync(host);
    }

    [Fact]
    public async Task Ingress_that_has_lost_a_part_gets_it_again()
    {
        await _ingress.StartAsync();
        await using var host = await StartAsync();
        var gate = Path.Combine(host.DataPath, "gate");
        var push = await PushAsync($"echo first; while ! [ -e {gate} ]; do sleep 0.05; done; echo second");
        await host.PublishAsync(push);
        await Eventually.TrueAsync(() => _ingress.LogOf(push.ReleaseId).Contains("\nfirst\n"));

        _ingress.Truncate(push.ReleaseId, 10);
        File.WriteAllText(gate, "");

        await Eventually.TrueAsync(() => _ingress.LogOf(push.ReleaseId).Contains("\nfirst\nsecond\n"));
        _ingress.LogOf(push.ReleaseId).ShouldStartWith("==> Check out");
    }

    private Task<TestHost> StartAsync() => TestHost.StartAsync($"--hosting:services:ingress={_ingress.Address}");

    private static Task SpoolIsEmptyAsync(TestHost host) =>
        Eventually.TrueAsync(() =>
            Directory.GetFiles(Path.Combine(host.DataPath, "ci-coordinator", "logs")).Length == 0
        );

    private async Task<PushReceived> PushAsync(string build)
    {
        _repository.WithConventionScripts(build: build);
        return TestHost.Push(_repository.Path, await _repository.CommitAsync());
    }

    /// <summary>Keeps logs as ingress does: by offset, idempotent, with 409 and the length for a gap.</summary>
    private sealed class LogKeeper : IAsyncDisposable
    {
        private readonly Lock _gate = new();
        private readonly Dictionary<Guid, MemoryStream> _logs = [];
        private readonly HashSet<string> _authorizations = [];
        private WebApplication? _server;

        public string Address { get; } = $"http://127.0.0.1:{FreePort.Next()}";

        public IReadOnlyCollection<string> Authorizations => _authorizations;

        public async Task StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls(Address);
            _server = builder.Build();
            _server.MapPut("/internal/releases/{id:guid}/logs/build", AppendAsync);
            await _server.StartAsync();
        }

        public string LogOf(Guid id)
        {
            lock (_gate)
            {
                return _logs.TryGetValue(id, out var log) ? Encoding.UTF8.GetString(log.ToArray()) : "";
            }
        }

        public void Truncate(Guid id, int length)
        {
            lock (_gate)
            {
                _logs[id].SetLength(length);
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (_server is not null)
            {
                await _server.DisposeAsync();
            }
        }

        private async Task<IResult> AppendAsync(Guid id, long offset, HttpRequest request)
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            lock (_gate)
            {
                _authorizations.Add(request.Headers.Authorization.ToString());
                if (!_logs.TryGetValue(id, out var log))
                {
                    _logs[id] = log = new MemoryStream();
                }
                if (offset > log.Length)
                {
                    return Results.Json(new { length = log.Length }, statusCode: StatusCodes.Status409Conflict);
                }
                log.Position = offset;
                log.Write(body.ToArray());
                return Results.Ok();
            }
        }
    }
}
