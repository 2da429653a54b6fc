using Canary.Contracts.Alarms;
using Canary.Hosting.Http;
using Canary.Hosting.Security;
using Canary.Ingress.Alarms.Sources;
using Canary.Ingress.Repositories;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Canary.Ingress.Alarms;

/// <summary>An alarm, as the API answers.</summary>
internal sealed record AlarmView
{
    public required Guid Id { get; init; }

    public required string Source { get; init; }

    /// <summary><c>null</c>: no rule and no label says which; it acts on nothing.</summary>
    public string? Application { get; init; }

    public string? Host { get; init; }

    public required AlarmSeverity Severity { get; init; }

    public required bool Firing { get; init; }

    /// <summary>How often it has begun to fire.</summary>
    public required int Firings { get; init; }

    public required string Summary { get; init; }

    /// <summary>When it last began or stopped, UTC.</summary>
    public required DateTimeOffset ChangedAt { get; init; }
}

/// <summary>A test alarm that a person wants to have sent.</summary>
internal sealed record AlarmDrillRequest
{
    public required string Application { get; init; }

    /// <summary>Default: <c>alertmanager</c>.</summary>
    public string? Source { get; init; }

    /// <summary>Label <c>severity</c> of the test, which may decide which way it takes. Default: <c>critical</c>.</summary>
    public string? Severity { get; init; }
}

/// <summary>A test alarm, as the API answers.</summary>
internal sealed record AlarmDrillView
{
    /// <summary>The word that the alarm carries.</summary>
    public required string Id { get; init; }

    public required string Source { get; init; }

    public required string Application { get; init; }

    public required DateTimeOffset SentAt { get; init; }

    /// <summary><c>null</c>: it has not arrived yet.</summary>
    public DateTimeOffset? ArrivedAt { get; init; }

    /// <summary>Whether it arrived and is about the application.</summary>
    public required bool Passed { get; init; }

    /// <summary>The application that it was found to be about.</summary>
    public string? Found { get; init; }

    /// <summary>What a person has to do to send it; <c>null</c>: it was sent.</summary>
    public string? Instruction { get; init; }
}

/// <summary>Alarms over HTTP: in from their sources, out to people.</summary>
internal static class AlarmEndpoints
{
    private const int Most = 500;

    public static void MapAlarmWebhooks(this IEndpointRouteBuilder routes) =>
        routes
            .MapPost(
                "/webhooks/alarms/{source}",
                (string source, HttpContext context, AlarmWebhook webhook) => webhook.HandleAsync(source, context)
            )
            .WithTokensOfItsOwn()
            .OpenToStrangers()
            .UnderAnyHostName()
            .Vital()
            // Alarms come in bursts; the bounds are the handler's own.
            .DisableRateLimiting()
            .WithName("ReceiveAlarms")
            .WithSummary("Receives alarms of alertmanager, newrelic, nagios or generic, with that source's token.");

    /// <param name="routes">Routes under <c>/api</c> that read.</param>
    public static void MapAlarms(this IEndpointRouteBuilder routes)
    {
        routes
            .MapGet("/alarms", ListAsync)
            .WithName("ListAlarms")
            .WithSummary("Lists alarms: those that fire first, then those that have stopped, newest first.");
        routes
            .MapGet("/alarms/tests/{id}", ShowDrillAsync)
            .WithName("ShowAlarmTest")
            .WithSummary("Says whether a test alarm has arrived.");
        routes
            .MapPost("/alarms/tests", BeginDrillAsync)
            .RequireOperator()
            .WithName("TestAlarms")
            .WithSummary("Sends a test alarm through Alertmanager, or says how to send one.");
    }

    private static async Task<Ok<IReadOnlyList<AlarmView>>> ListAsync(
        IngressStore store,
        CancellationToken cancellationToken,
        string? application = null
    )
    {
        var rows = await store
            .Alarms.AsNoTracking()
            .Where(row => application == null || row.Application == application)
            .OrderByDescending(row => row.IsFiring)
            .ThenByDescending(row => row.ChangedAt)
            .Take(Most)
            .ToListAsync(cancellationToken);
        return TypedResults.Ok<IReadOnlyList<AlarmView>>([.. rows.Select(ViewOf)]);
    }

    private static async Task<Results<Ok<AlarmDrillView>, ProblemHttpResult>> ShowDrillAsync(
        string id,
        IngressStore store,
        CancellationToken cancellationToken
    ) =>
        await store.AlarmDrills.FindAsync([id], cancellationToken) is { } drill
            ? TypedResults.Ok(ViewOf(drill))
            : Problems.Result(
                StatusCodes.Status404NotFound,
                IngressCodes.AlarmTestUnknown,
                $"There is no test alarm '{PlainText.Line(id, 100)}'.",
                "Send one: canary alarms test APPLICATION."
            );

    private static async Task<Results<Created<AlarmDrillView>, ProblemHttpResult>> BeginDrillAsync(
        AlarmDrillRequest request,
        IngressStore store,
        AlarmDrills drills,
        IEnumerable<IAlarmSource> sources,
        AlertmanagerClient alertmanager,
        CancellationToken cancellationToken
    )
    {
        var source = request.Source ?? AlertmanagerAlarms.SourceName;
        if (sources.All(it => it.Name != source))
        {
            return Problems.Result(
                StatusCodes.Status400BadRequest,
                IngressCodes.AlarmSourceUnknown,
                $"There is no source of alarms '{PlainText.Line(source, 100)}'.",
                $"It is one of {string.Join(", ", sources.Select(it => it.Name))}."
            );
        }

        if (!await store.Releases.AnyAsync(x => x.Application == request.Application, cancellationToken))
        {
            return Problems.Result(
                StatusCodes.Status404NotFound,
                IngressCodes.ApplicationUnknown,
                $"There is no application '{PlainText.Line(request.Application, 100)}'.",
                "See which there are: canary apps, or GET /api/applications."
            );
        }

        var drill = drills.Begin(source, request.Application);
        await store.SaveChangesAsync(cancellationToken);
        var view = ViewOf(drill);
        if (source != AlertmanagerAlarms.SourceName || !alertmanager.IsConfigured)
        {
            view = view with { Instruction = InstructionFor(drill) };
        }
        else if (
            await alertmanager.SendTestAsync(drill, request.Severity ?? "critical", cancellationToken) is { } failure
        )
        {
            return Problems.Result(
                StatusCodes.Status502BadGateway,
                IngressCodes.AlertmanagerUnavailable,
                $"Alertmanager did not take the test alarm: {failure}",
                "Check ingress.alarms.alertmanager.address, and that it runs."
            );
        }

        return TypedResults.Created($"/api/alarms/tests/{drill.Id}", view);
    }

    private static string InstructionFor(AlarmDrill drill) =>
        drill.Source switch
        {
            NagiosAlarms.SourceName =>
                $"Send a passive check result, or let a check fail, of a host or service of {drill.Application} whose output is '{drill.Id}'.",
            NewRelicAlarms.SourceName =>
                $"Send a notification of a workflow whose issue has '{drill.Id}' in its title, for {drill.Application}.",
            AlertmanagerAlarms.SourceName =>
                $"Set ingress.alarms.alertmanager.address, or send it yourself: amtool alert add CanaryTest application={drill.Application} "
                    + $"severity=critical test={drill.Id}",
            _ =>
                $"Send an alarm with \"key\": \"{drill.Id}\", \"firing\": true, \"application\": \"{drill.Application}\" the way that the others come.",
        };

    private static AlarmView ViewOf(AlarmRow row) =>
        new()
        {
            Id = row.Id,
            Source = row.Source,
            Application = row.Application,
            Host = row.Host,
            Severity = row.Severity,
            Firing = row.IsFiring,
            Firings = row.Firings,
            Summary = row.Summary,
            ChangedAt = row.ChangedAt,
        };

    private static AlarmDrillView ViewOf(AlarmDrill drill) =>
        new()
        {
            Id = drill.Id,
            Source = drill.Source,
            Application = drill.Application,
            SentAt = drill.SentAt,
            ArrivedAt = drill.ArrivedAt,
            Passed = drill.HasPassed,
            Found = drill.Found,
        };
}
