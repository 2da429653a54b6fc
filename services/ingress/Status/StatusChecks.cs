using System.Data.Common;
using System.Globalization;
using Canary.Durability.Messaging;
using Canary.Durability.Storage;
using Canary.Failures;
using Canary.Files;
using Canary.Hosting.Discovery;
using Canary.Hosting.Health;
using Canary.Ingress.Notifications;
using Canary.Ingress.Polling;
using Canary.Ingress.PullRequests;
using Canary.Ingress.Repositories;
using Canary.Ingress.Repositories.Registrations;
using Canary.Ingress.Webhooks;
using Canary.Ingress.Webhooks.Sources;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Status;

/// <summary>Looks at what releases need, and says what to do about what is missing.</summary>
internal sealed class StatusChecks(
    IngressStore store,
    DataDirectory data,
    WebhookSecrets secrets,
    IEnumerable<IPushSource> sources,
    ServiceDirectory services,
    IHttpClientFactory clients,
    IErrorQueues errorQueues,
    HostChecks host,
    OtherHosts otherHosts,
    ChannelChecks channels,
    PollingChecks polling,
    RepositoryIdChecks renames,
    RegistrationChecks registrations,
    RepositoryRegistry repositories,
    PullRequestChecks pullRequests,
    IOptionsMonitor<IngressOptions> options,
    TimeProvider time,
    StoreClock clock
)
{
    /// <summary>Name of the HTTP client that looks at the repository.</summary>
    public const string ClientName = "canary-status";

    private static readonly TimeSpan Overdue = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(3);

    public async Task<IReadOnlyList<StatusCheck>> RunAsync(CancellationToken cancellationToken)
    {
        // Each of these waits for something that may be away, and the last for hosts that do the same.
        var repository = RepositoryAnswersAsync(cancellationToken);
        var stored = StoreSaysAsync(cancellationToken);
        var failed = MessagesFailAsync(cancellationToken);
        var here = host.RunAsync(cancellationToken);
        var elsewhere = otherHosts.AskAsync(cancellationToken);
        return
        [
            DataIsWritable(),
            SpaceIsLeft(),
            await repository,
            SecretIsSet(),
            RepositoriesAreKnown(),
            .. await stored,
            .. await failed,
            .. (await here).Select(StatusCheck.Of),
            .. (await elsewhere).Select(StatusCheck.Of),
        ];
    }

    /// <summary>Says nothing where there is nothing to say: a database that is away has its own check.</summary>
    private async Task<IReadOnlyList<StatusCheck>> StoreSaysAsync(CancellationToken cancellationToken)
    {
        try
        {
            return
            [
                await HostsAreKnownAsync(cancellationToken),
                await MessagesLeaveAsync(cancellationToken),
                .. await ClockGoesForwardAsync(cancellationToken),
                .. await channels.RunAsync(cancellationToken),
                .. await polling.RunAsync(cancellationToken),
                .. await renames.RunAsync(cancellationToken),
                .. await registrations.RunAsync(cancellationToken),
                .. await pullRequests.RunAsync(cancellationToken),
            ];
        }
        catch (DbException)
        {
            return [];
        }
    }

    private StatusCheck DataIsWritable()
    {
        const string Name = "data-directory";
        try
        {
            var probe = Path.Combine(data.For("ingress"), $".probe-{Guid.NewGuid():N}");
            File.WriteAllText(probe, "");
            File.Delete(probe);
            return StatusCheck.Ok(Name, $"{data.Root} is writable.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return StatusCheck.Failed(
                Name,
                $"{data.Root} cannot be written: {e.Message}",
                "Give the server's user the right to write there, or choose another directory with --data."
            );
        }
    }

    private StatusCheck SpaceIsLeft()
    {
        const string Name = "free-space";
        var free = new DriveInfo(data.Root).AvailableFreeSpace;
        var least = options.CurrentValue.MinimumFreeSpace;
        return free >= least
            ? StatusCheck.Ok(Name, $"{Gigabytes(free)} are free in {data.Root}.")
            : StatusCheck.Warning(
                Name,
                $"{Gigabytes(free)} are free in {data.Root}; {Gigabytes(least)} should be.",
                "Free some space; old packages and logs take most of it."
            );
    }

    private async Task<StatusCheck> RepositoryAnswersAsync(CancellationToken cancellationToken)
    {
        const string Name = "repository";
        const string Remedy = "See that repository-publisher runs, and its address under hosting.services.";
        var address = new Uri(services.AddressOf("repository-publisher"), "repository/canary-archive-keyring.pgp");
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(AnswerLimit);
            using var client = clients.CreateClient(ClientName);
            using var answer = await client.GetAsync(address, limit.Token);
            return answer.IsSuccessStatusCode
                ? StatusCheck.Ok(Name, $"{new Uri(address, ".")} answers.")
                : StatusCheck.Failed(Name, $"{address} answers {(int)answer.StatusCode}.", Remedy);
        }
        catch (HttpRequestException e)
        {
            return StatusCheck.Failed(Name, $"{address} does not answer: {e.Message}", Remedy);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return StatusCheck.Failed(Name, $"{address} does not answer within {AnswerLimit.TotalSeconds} s.", Remedy);
        }
    }

    private StatusCheck SecretIsSet()
    {
        const string Name = "webhook-secret";
        try
        {
            var scopes = secrets.Current();
            var origins = scopes.Select(scope =>
                scope.Entry is { } entry ? $"{entry} only: {scope.Origin}."
                : secrets.OwnFileFor(scope.Source) is { } file
                    ? $"Made by the server, in {file}. Put it into the webhook's settings at {NameOf(scope.Source)}."
                : scope.Source == SourceKind.Github ? $"{scope.Origin}."
                : $"{NameOf(scope.Source)}: {scope.Origin}."
            );
            List<string> faults = [.. scopes.SelectMany(scope => scope.Faults)];
            return faults.Count == 0
                ? StatusCheck.Ok(Name, string.Join(" ", origins))
                : StatusCheck.Failed(
                    Name,
                    $"Not every webhook secret can be read: {string.Join("; ", faults)}.",
                    "Check the files of webhook-secret-files under ingress and ingress.repositories, their owner and mode."
                );
        }
        catch (CanaryException e)
        {
            return StatusCheck.Failed(Name, e.Message, e.Remedy);
        }
    }

    private string NameOf(SourceKind source) => sources.First(it => it.Kind == source).Name;

    private StatusCheck RepositoriesAreKnown()
    {
        const string Name = "repositories";
        var count = options.CurrentValue.Repositories.Count;
        return repositories.All().Any()
            ? StatusCheck.Ok(Name, $"{count} {(count == 1 ? "entry" : "entries")} under ingress.repositories.")
            : StatusCheck.Warning(
                Name,
                "No repository is configured, so every webhook is refused.",
                "Add '- name: OWNER/NAME' under ingress.repositories, or say 'canary apps add OWNER/NAME'; runs by hand need neither."
            );
    }

    private async Task<StatusCheck> HostsAreKnownAsync(CancellationToken cancellationToken)
    {
        const string Name = "hosts";
        var fleet = await store.Fleet.AsNoTracking().SingleOrDefaultAsync(cancellationToken);
        return fleet is { Hosts.Count: > 0 }
            ? StatusCheck.Ok(
                Name,
                $"{fleet.Hosts.Count} known, {fleet.Hosts.Count(h => h.Channel == Contracts.Deploying.Channel.Canary)} of them "
                    + "canaries."
            )
            : StatusCheck.Warning(
                Name,
                "No host is known, so a release has nowhere to go.",
                "Name the hosts in the deployer's inventory; see that the deployer runs."
            );
    }

    /// <summary>Says nothing where there is nothing to say.</summary>
    private async Task<IReadOnlyList<StatusCheck>> ClockGoesForwardAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var newest = await store.Releases.MaxAsync(x => (DateTimeOffset?)x.ReceivedAt, cancellationToken);
        return newest > now + Overdue
            ?
            [
                StatusCheck.Warning(
                    "clock",
                    $"The newest release was received at {newest:u}, which is in the future by this machine's clock ({now:u}).",
                    "Set the clock right (chrony, systemd-timesyncd): it is behind now, or it was ahead then."
                ),
            ]
            : [];
    }

    private async Task<StatusCheck> MessagesLeaveAsync(CancellationToken cancellationToken)
    {
        const string Name = "messages";
        var before = time.GetUtcNow() - Overdue;
        var late = await store.CountOverdueMessagesAsync(clock.Now - Overdue, cancellationToken);
        var unseen = await store.Releases.CountAsync(
            x => x.PublishAt != null && x.ReceivedAt < before && x.State == Releases.ReleaseView.Received,
            cancellationToken
        );
        return (late, unseen) switch
        {
            (0, 0) => StatusCheck.Ok(Name, "None is late."),
            (> 0, _) => StatusCheck.Failed(
                Name,
                $"{late} messages wait for over a minute to leave.",
                "See the log of this server; with RabbitMQ, see that the broker runs and has space."
            ),
            _ => StatusCheck.Failed(
                Name,
                $"{unseen} pushes were received over a minute ago and have no release yet.",
                "See that ci-coordinator runs, and its log. The pushes are sent again until it answers."
            ),
        };
    }

    /// <summary>Says nothing where there is nothing to say: a broker that is away has its own check.</summary>
    private async Task<IReadOnlyList<StatusCheck>> MessagesFailAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(AnswerLimit);
            var count = await errorQueues.CountAsync(limit.Token);
            return count == 0
                ? []
                :
                [
                    StatusCheck.Warning(
                        "failed-messages",
                        count == 1 ? "1 message could not be handled." : $"{count} messages could not be handled.",
                        "See why: canary messages list. Then retry or discard them."
                    ),
                ];
        }
        catch (CanaryException)
        {
            return [];
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return [];
        }
    }

    private static string Gigabytes(long bytes) =>
        string.Create(CultureInfo.InvariantCulture, $"{bytes / 1_000_000_000.0:0.0} GB");
}
