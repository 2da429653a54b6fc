using System.Net;
using System.Net.Sockets;
using Canary.Testing;

namespace Canary.Ingress.Tests.PullRequests;

/// <summary>A host that takes connections and never answers.</summary>
public sealed class SlowHostTests : IDisposable
{
    private readonly TcpListener _silent = new(IPAddress.Loopback, 0);

    private readonly PullRequestEvent _slow = new()
    {
        Repository = "acme/slow",
        RepositoryId = 7,
        BaseRepositoryId = 7,
    };

    public SlowHostTests() => _silent.Start();

    public void Dispose() => _silent.Dispose();

    [Fact]
    public async Task Pull_requests_of_other_repositories_do_not_wait_for_it()
    {
        await using var pulls = await StartAsync("00:10:00");
        await pulls.DeliverAsync(_slow);
        using var asked = await _silent.AcceptTcpClientAsync();

        var commit = await pulls.PushAsync(new PullRequestEvent());

        await Eventually.TrueAsync(() =>
            pulls.Host.Sent.Of<Contracts.Building.BuildPullRequest>().Count(it => it.Build.Source.Commit == commit) > 1
        );
    }

    [Fact]
    public async Task It_is_given_up_after_a_while_and_that_is_told()
    {
        await using var pulls = await StartAsync("00:00:01");

        await pulls.DeliverAsync(_slow);

        await Eventually.TrueAsync(async () =>
            (await pulls.Host.GetAsync("/api/pulls/slow/12")).TryGetProperty("error", out var error)
            && error.GetString()?.Contains("did not answer in time", StringComparison.Ordinal) == true
        );
    }

    private Task<PullRequestFixture> StartAsync(string timeout) =>
        PullRequestFixture.StartAsync(
            "--ingress:repositories:3:name=acme/slow",
            $"--ingress:repositories:3:cloneurl=http://{_silent.LocalEndpoint}/slow.git",
            "--ingress:repositories:3:pullrequests=true",
            "--workspaces:protocols:0=http",
            $"--ingress:polling:timeout={timeout}"
        );
}
