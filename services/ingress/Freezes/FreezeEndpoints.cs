using Canary.Contracts.Deploying;
using Canary.Durability.Messaging;
using Canary.Hosting.Http;
using Canary.Hosting.Security;
using Canary.Ingress.Audit;
using Canary.Ingress.Releases;
using Canary.Ingress.Repositories;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Canary.Ingress.Freezes;

/// <summary>A freeze that a person wants.</summary>
internal sealed record FreezeRequest
{
    /// <summary>The application; <c>null</c>: all.</summary>
    public string? Application { get; init; }

    /// <summary>From when; default: now.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Until when; default: until somebody removes it.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Why: whoever has to wait reads it.</summary>
    public string? Reason { get; init; }

    /// <summary>Who; default <c>operator</c>.</summary>
    public string? By { get; init; }
}

/// <summary>The freezes that people have set and that have not passed.</summary>
internal sealed record FreezeList(IReadOnlyList<Freeze> Freezes);

/// <summary>Freezes over HTTP.</summary>
internal static class FreezeEndpoints
{
    /// <param name="routes">Routes under <c>/api</c> that read.</param>
    public static void MapFreezes(this IEndpointRouteBuilder routes)
    {
        routes
            .MapGet("/freezes", ListAsync)
            .WithName("ListFreezes")
            .WithSummary("Lists the freezes that people have set and that have not passed.");
        routes
            .MapPost(
                "/freezes",
                (FreezeRequest request, FreezeDecisions freezes, CancellationToken cancellationToken) =>
                    freezes.AddAsync(request, cancellationToken)
            )
            .RequireOperator()
            .WithName("AddFreeze")
            .WithSummary("Sets a freeze: no rollout begins, and none goes on to its next wave.");
        routes
            .MapDelete(
                "/freezes/{id}",
                (string id, string? by, FreezeDecisions freezes, CancellationToken cancellationToken) =>
                    freezes.RemoveAsync(id, by, cancellationToken)
            )
            .RequireOperator()
            .WithName("RemoveFreeze")
            .WithSummary("Removes a freeze: by its id, or the beginning of it.");
    }

    private static async Task<Ok<FreezeList>> ListAsync(
        IngressStore store,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var row = await store.Freezes.AsNoTracking().SingleOrDefaultAsync(cancellationToken);
        return TypedResults.Ok(
            new FreezeList([
                .. (row?.Freezes ?? [])
                    .Where(freeze => !(freeze.Until <= time.GetUtcNow()))
                    .OrderBy(freeze => freeze.From),
            ])
        );
    }
}

/// <summary>Passes on what a person decides about freezes.</summary>
internal sealed class FreezeDecisions(
    IngressStore store,
    AuditLog audit,
    IOutbox<IngressStore> outbox,
    TimeProvider time
)
{
    /// <summary>How many there may be: each is looked at before each wave.</summary>
    private const int Most = 200;

    private const int ShortestId = 4;

    public async Task<Results<Created<Freeze>, ProblemHttpResult>> AddAsync(
        FreezeRequest request,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        if (PlainText.Line(request.Reason, 500) is not { } reason)
        {
            return Invalid("A freeze needs a reason: whoever has to wait reads it.", "Say why: --reason TEXT.");
        }

        if (request.Until is { } until && (until <= now || until <= request.From))
        {
            return Invalid(
                $"The freeze would be over at {until:u}.",
                "Give an end that is to come, and after its beginning."
            );
        }

        if (
            request.Application is { } application
            && !await store.Releases.AnyAsync(x => x.Application == application, cancellationToken)
        )
        {
            return Problems.Result(
                StatusCodes.Status404NotFound,
                IngressCodes.ApplicationUnknown,
                $"There is no application '{PlainText.Line(application, 100)}'.",
                "See which there are: canary apps, or GET /api/applications."
            );
        }

        var freeze = new Freeze
        {
            Id = Guid.NewGuid(),
            Application = request.Application,
            From = (request.From ?? now).ToUniversalTime(),
            Until = request.Until?.ToUniversalTime(),
            Reason = reason,
            By = PlainText.Line(request.By, PushDraft.LongestPusher) ?? "operator",
        };
        var row = await RowAsync(cancellationToken);
        if (row.Freezes.Count >= Most)
        {
            return Invalid($"There are {Most} freezes already.", "Remove some: canary freeze remove ID.");
        }

        await ChangeAsync(
            row,
            [.. row.Freezes, freeze],
            AuditedActions.AddFreeze,
            freeze,
            freeze.By,
            cancellationToken
        );
        return TypedResults.Created($"/api/freezes/{freeze.Id}", freeze);
    }

    public async Task<Results<Ok<Freeze>, ProblemHttpResult>> RemoveAsync(
        string id,
        string? by,
        CancellationToken cancellationToken
    )
    {
        var row = await RowAsync(cancellationToken);
        var found = row
            .Freezes.Where(freeze =>
                id.Length >= ShortestId && freeze.Id.ToString().StartsWith(id, StringComparison.OrdinalIgnoreCase)
            )
            .ToList();
        if (found is not [var one])
        {
            return Problems.Result(
                StatusCodes.Status404NotFound,
                IngressCodes.FreezeUnknown,
                $"There is no freeze '{PlainText.Line(id, 50)}', or more than one begins so.",
                "See which there are: canary freeze list."
            );
        }

        await ChangeAsync(
            row,
            [.. row.Freezes.Where(freeze => freeze != one)],
            AuditedActions.RemoveFreeze,
            one,
            PlainText.Line(by, PushDraft.LongestPusher) ?? "operator",
            cancellationToken
        );
        return TypedResults.Ok(one);
    }

    private async Task<FreezeRow> RowAsync(CancellationToken cancellationToken)
    {
        var row = await store.Freezes.SingleOrDefaultAsync(cancellationToken);
        if (row is null)
        {
            row = new FreezeRow();
            store.Freezes.Add(row);
        }

        return row;
    }

    private async Task ChangeAsync(
        FreezeRow row,
        IReadOnlyList<Freeze> freezes,
        string action,
        Freeze freeze,
        string by,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        row.Revision++;
        row.Freezes = [.. freezes.Where(it => !(it.Until <= now))];
        outbox.Send(row.ToCommand());
        audit.Add(
            new AuditedDecision(action, by, freeze.Reason)
            {
                Application = freeze.Application,
                Detail = freeze.Until is { } until ? $"{freeze.From:u} to {until:u}" : $"from {freeze.From:u}",
            }
        );
        await store.SaveChangesAsync(cancellationToken);
    }

    private static ProblemHttpResult Invalid(string what, string remedy) =>
        Problems.Result(StatusCodes.Status400BadRequest, IngressCodes.FreezeInvalid, what, remedy);
}
