using Canary.Ingress.Releases;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Canary.Ingress.Audit;

/// <summary>A decision, as the API answers.</summary>
internal sealed record AuditView
{
    public required long Id { get; init; }

    /// <summary>When, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>What, for example <c>release.promote</c>.</summary>
    public required string Action { get; init; }

    public string? Application { get; init; }

    public Guid? ReleaseId { get; init; }

    public string? Host { get; init; }

    /// <summary>What else there is to say: the version that was deployed, the message that was retried.</summary>
    public string? Detail { get; init; }

    /// <summary>Who, by their own word: whoever has the token can say anything.</summary>
    public required string By { get; init; }

    public string? Reason { get; init; }

    /// <summary>Whose token the request had: <c>operator</c>.</summary>
    public required string Token { get; init; }

    /// <summary>The address that the request came from; behind a proxy that is trusted, the one that it names.</summary>
    public required string Address { get; init; }
}

/// <summary>A page of decisions, newest first.</summary>
/// <param name="Entries">The decisions.</param>
/// <param name="Next">What <c>before</c> is for the next page; <c>null</c>: there is none.</param>
internal sealed record AuditPage(IReadOnlyList<AuditView> Entries, long? Next);

/// <summary>The record of what people decided, over HTTP.</summary>
internal static class AuditEndpoints
{
    private const int DefaultLimit = 50;

    private const int LargestLimit = 500;

    /// <param name="routes">Routes under <c>/api</c> that read.</param>
    public static void MapAudit(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/audit", ListAsync)
            .WithName("ListDecisions")
            .WithSummary("Lists what people decided, newest first: who, why, by which token and from where.");

    private static async Task<Results<Ok<AuditPage>, ProblemHttpResult>> ListAsync(
        IngressStore store,
        ReleaseQueries queries,
        CancellationToken cancellationToken,
        string? application = null,
        string? release = null,
        long? before = null,
        int limit = DefaultLimit
    )
    {
        var entries = store.Audit.AsNoTracking();
        if (!string.IsNullOrEmpty(application))
        {
            entries = entries.Where(x => x.Application == application);
        }

        if (!string.IsNullOrEmpty(release))
        {
            var lookup = await queries.FindAsync(release, cancellationToken);
            if (lookup.Release is not { Id: var id })
            {
                return lookup.Problem!;
            }

            entries = entries.Where(x => x.ReleaseId == id);
        }

        if (before is { } place)
        {
            entries = entries.Where(x => x.Id < place);
        }

        var size = Math.Clamp(limit, 1, LargestLimit);
        // One more than is shown tells whether there is another page.
        var rows = await entries.OrderByDescending(x => x.Id).Take(size + 1).ToListAsync(cancellationToken);
        return TypedResults.Ok(
            new AuditPage([.. rows.Take(size).Select(ViewOf)], rows.Count > size ? rows[size - 1].Id : null)
        );
    }

    private static AuditView ViewOf(AuditEntry entry) =>
        new()
        {
            Id = entry.Id,
            At = entry.DecidedAt,
            Action = entry.Action,
            Application = entry.Application,
            ReleaseId = entry.ReleaseId,
            Host = entry.Host,
            Detail = entry.Detail,
            By = entry.By,
            Reason = entry.Reason,
            Token = entry.Token,
            Address = entry.Address,
        };
}
