using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Hosting;
using Canary.Ingress;
using Canary.Ingress.Fleet;
using Canary.Ingress.Releases;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Benchmarks;

/// <summary>Ingress alone, on a read model of any size. A process of its own: this program, with hidden arguments.</summary>
internal static class ReadModelHost
{
    /// <summary>First argument of the program; settings follow.</summary>
    public const string Command = "--read-model";

    private const int Applications = 50;

    private const int Hosts = 10;

    private const int Batch = 250;

    public static async Task RunAsync(string[] settings)
    {
        await using var app = Build(settings);
        await app.RunAsync();
    }

    /// <summary>Fills the tables as the pipeline would have: fifty applications, nine of ten releases completed, ten hosts
    /// each.</summary>
    public static async Task FillAsync(string[] settings, int releases)
    {
        await using var app = Build(settings);
        await using (var scope = app.Services.CreateAsyncScope())
        {
            await scope.ServiceProvider.GetRequiredService<IngressStore>().Database.MigrateAsync();
        }

        var begin = TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(releases);
        for (var first = 0; first < releases; first += Batch)
        {
            await using var scope = app.Services.CreateAsyncScope();
            var store = scope.ServiceProvider.GetRequiredService<IngressStore>();
            for (var i = first; i < Math.Min(first + Batch, releases); i++)
            {
                Add(store, i, begin.AddMinutes(i));
            }

            if (first == 0)
            {
                store.Fleet.Add(
                    new FleetRow
                    {
                        Revision = 1,
                        ObservedAt = begin,
                        Hosts = [],
                    }
                );
            }

            await store.SaveChangesAsync();
        }
    }

    private static Microsoft.AspNetCore.Builder.WebApplication Build(string[] settings)
    {
        var host = CanaryHost.CreateBuilder(settings);
        host.AddIngress();
        return host.Build();
    }

    private static void Add(IngressStore store, int number, DateTimeOffset at)
    {
        var application = $"application-{number % Applications}";
        var commit = $"{number:x40}";
        var isDone = number % 10 != 3;
        var push = new PushReceived
        {
            ReleaseId = ReleaseId.Of(application, commit, deploys: true, run: 1),
            Application = application,
            Source = new SourceReference
            {
                Repository = $"acme/{application}",
                CloneUrl = $"https://github.com/acme/{application}.git",
                Branch = "main",
                Commit = commit,
            },
            Deploys = true,
            Pusher = "ada",
            Title = "Sell hats of all sizes, and mend what was torn",
            ReceivedAt = at,
        };
        var release = ReleaseRow.For(push, run: 1, at);
        release.Apply(
            new ReleaseChanged
            {
                ReleaseId = push.ReleaseId,
                Revision = 9,
                Push = push,
                Number = number + 1,
                State = isDone ? ReleaseStates.Completed : ReleaseStates.RolledBack,
                Version = $"1.0-{number}",
                Stages = [.. new[] { "build", "package", "publish" }.Select(name => Stage(name, at))],
                FinishedAt = at.AddMinutes(5),
            },
            at
        );
        store.Releases.Add(release);
        var rollout = RolloutRow.For(
            new RolloutChanged
            {
                RolloutId = push.ReleaseId,
                ReleaseId = push.ReleaseId,
                Revision = 9,
                Application = application,
                Package = application,
                Version = $"1.0-{number}",
                State = isDone ? RolloutStates.Completed : RolloutStates.RolledBack,
                HostsReached = true,
                Stages =
                [
                    .. new[] { "preflight", "canary", "soak", "promotion", "wave-1", "wave-2" }.Select(name =>
                        Stage(name, at)
                    ),
                ],
                Hosts =
                [
                    .. Enumerable
                        .Range(1, Hosts)
                        .Select(host => new HostSnapshot
                        {
                            Name = $"host-{host}.example.org",
                            Channel = host == 1 ? Channel.Canary : Channel.Production,
                            Step = host == 1 ? "canary" : "wave-1",
                            State = StageState.Succeeded,
                            Version = $"1.0-{number}",
                        }),
                ],
            }
        );
        rollout.Number = release.Number;
        store.Rollouts.Add(rollout);
    }

    private static StageSnapshot Stage(string name, DateTimeOffset at) =>
        new()
        {
            Name = name,
            State = StageState.Succeeded,
            StartedAt = at,
            FinishedAt = at.AddSeconds(20),
            Attempts = 1,
        };
}
