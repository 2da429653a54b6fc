using Canary.Contracts.Deploying;
using Canary.Durability.Messaging;
using Canary.Hosting.Http;
using Canary.Ingress.Audit;
using Canary.Ingress.Releases;
using Canary.Ingress.Repositories;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Canary.Ingress.Fleet;

/// <summary>Which hosts a person wants brought to what they should run; nothing set: all of them.</summary>
internal sealed record ConvergenceRequest
{
    /// <summary>Only this application.</summary>
    public string? Application { get; init; }

    /// <summary>Only this host.</summary>
    public string? Host { get; init; }

    /// <summary>Who asks; default <c>operator</c>.</summary>
    public string? By { get; init; }
}

/// <summary>What was asked of the deployer.</summary>
/// <param name="Hosts">Hosts that are known to drift, of those that were named.</param>
internal sealed record ConvergenceView(IReadOnlyList<string> Hosts);

/// <summary>Passes on that hosts are to be brought to what their channel advertises.</summary>
internal sealed class Convergence(IngressStore store, FleetQueries fleet, AuditLog audit, IOutbox<IngressStore> outbox)
{
    public async Task<Results<Accepted<ConvergenceView>, ProblemHttpResult>> StartAsync(
        ConvergenceRequest? request,
        CancellationToken cancellationToken
    )
    {
        var hosts = (await fleet.HostsAsync(cancellationToken)).Value!;
        if (request?.Host is { } host && hosts.All(it => it.Name != host))
        {
            return Problems.Result(
                StatusCodes.Status404NotFound,
                IngressCodes.HostUnknown,
                $"The inventory has no host '{PlainText.Line(host, 100)}'.",
                "See which there are: canary hosts, or GET /api/hosts."
            );
        }

        var by = PlainText.Line(request?.By, PushDraft.LongestPusher) ?? "operator";
        outbox.Send(
            new ConvergeHosts
            {
                Application = request?.Application,
                Host = request?.Host,
                By = by,
            }
        );
        audit.Add(
            new AuditedDecision(AuditedActions.ConvergeHosts, by)
            {
                Application = request?.Application,
                Host = request?.Host,
            }
        );
        await store.SaveChangesAsync(cancellationToken);
        var drifting = hosts
            .Where(it => request?.Host is null || it.Name == request.Host)
            .Where(it =>
                it.Drifts.Any(drift => request?.Application is null || drift.Application == request.Application)
            )
            .Select(it => it.Name);
        return TypedResults.Accepted("/api/hosts", new ConvergenceView([.. drifting]));
    }
}
