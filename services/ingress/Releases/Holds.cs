using Canary.Contracts.Releases;
using Canary.Durability.Messaging;
using Canary.Hosting.Http;
using Canary.Ingress.Audit;
using Canary.Ingress.Repositories;
using MassTransit;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Canary.Ingress.Releases;

/// <summary>The newest <see cref="ApplicationHoldChanged"/> of an application.</summary>
internal sealed class HoldRow
{
    public required string Application { get; init; }

    public int Revision { get; set; }

    /// <summary><c>null</c>: deployments are automatic.</summary>
    public Hold? Hold { get; set; }
}

/// <summary>Keeps the newest hold of every application.</summary>
internal sealed class HoldProjection(IngressStore store) : IConsumer<ApplicationHoldChanged>
{
    public async Task Consume(ConsumeContext<ApplicationHoldChanged> context)
    {
        var message = context.Message;
        var row = await store.Holds.FindAsync([message.Application], context.CancellationToken);
        if (row is null)
        {
            row = new HoldRow { Application = message.Application };
            store.Holds.Add(row);
        }

        if (message.Revision > row.Revision)
        {
            row.Revision = message.Revision;
            row.Hold = message.Hold;
        }
    }
}

/// <summary>Whether deployments of an application are held, as the API answers.</summary>
internal sealed record HoldView
{
    public required string Application { get; init; }

    /// <summary>What a person has asked for; the coordinator follows in a moment.</summary>
    public required bool Held { get; init; }

    /// <summary>The newest release of a push, where a deployment by a person took its place while it waited: it is not rolled out by
    /// itself. <c>null</c>: there is none.</summary>
    public Guid? Passed { get; init; }
}

/// <summary>Passes on what a person decides about the automatic deployments of an application.</summary>
internal sealed class HoldDecisions(IngressStore store, AuditLog audit, IOutbox<IngressStore> outbox)
{
    public Task<Results<Accepted<HoldView>, ProblemHttpResult>> HoldAsync(
        string application,
        Decision? decision,
        CancellationToken cancellationToken
    ) =>
        SendAsync(
            application,
            held: true,
            Decision.Of(AuditedActions.HoldApplication, decision),
            new HoldApplication
            {
                Application = application,
                By = Decision.ByOf(decision),
                Reason = Decision.ReasonOf(decision),
            },
            cancellationToken
        );

    public Task<Results<Accepted<HoldView>, ProblemHttpResult>> ResumeAsync(
        string application,
        Decision? decision,
        CancellationToken cancellationToken
    ) =>
        SendAsync(
            application,
            held: false,
            Decision.Of(AuditedActions.ResumeApplication, decision),
            new ResumeApplication { Application = application, By = Decision.ByOf(decision) },
            cancellationToken
        );

    private async Task<Results<Accepted<HoldView>, ProblemHttpResult>> SendAsync<TCommand>(
        string application,
        bool held,
        AuditedDecision decision,
        TCommand command,
        CancellationToken cancellationToken
    )
        where TCommand : class
    {
        if (!await store.Releases.AnyAsync(x => x.Application == application, cancellationToken))
        {
            return Problems.Result(
                StatusCodes.Status404NotFound,
                IngressCodes.ApplicationUnknown,
                $"There is no application '{PlainText.Line(application, 100)}'.",
                "See which there are: canary apps, or GET /api/applications."
            );
        }

        outbox.Send(command);
        audit.Add(decision with { Application = application });
        await store.SaveChangesAsync(cancellationToken);
        return TypedResults.Accepted(
            "/api/applications",
            new HoldView
            {
                Application = application,
                Held = held,
                Passed = held ? null : await PassedAsync(application, cancellationToken),
            }
        );
    }

    private async Task<Guid?> PassedAsync(string application, CancellationToken cancellationToken)
    {
        var newest = await store
            .Releases.AsNoTracking()
            .Where(release => release.Application == application && release.Number > 0 && release.Deploy == null)
            .OrderByDescending(release => release.Number)
            .FirstOrDefaultAsync(cancellationToken);
        var isPassed =
            newest is { State: ReleaseStates.Superseded, Version: { } version }
            && !await store.Releases.AnyAsync(
                release =>
                    release.Application == application
                    && release.Number > newest.Number
                    && release.Version == version
                    && release.State == ReleaseStates.Completed,
                cancellationToken
            );
        return isPassed ? newest!.Id : null;
    }
}
