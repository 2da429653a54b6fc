using System.Net.Mime;
using System.Text;
using Canary.Contracts;
using Canary.Contracts.Releases;
using Canary.Hosting.Http;
using Canary.Hosting.Security;
using Canary.Ingress.Releases;
using Canary.Ingress.Repositories;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Canary.Ingress.Logs;

/// <summary>How much of a log is here.</summary>
internal sealed record LogState
{
    /// <summary>Offset to send next, in bytes.</summary>
    public required long Length { get; init; }

    /// <summary>Whether the log is full, so that what is sent is dropped.</summary>
    public bool Truncated { get; init; }
}

/// <summary>Logs of stages: written by the services that run them, read and followed by people.</summary>
internal static class LogEndpoints
{
    private const string TextType = "text/plain; charset=utf-8";

    public static void MapLogReading(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/releases/{id}/logs", ReadAsync)
            .Followed()
            .WithName("ReadLog")
            .WithSummary(
                "Reads the log of a stage, of a host, or of all stages; with follow=true until it is complete."
            )
            .Produces<string>(StatusCodes.Status200OK, MediaTypeNames.Text.Plain);

    public static void MapLogWriting(this IEndpointRouteBuilder routes) =>
        routes
            .MapPut("/internal/releases/{releaseId:guid}/logs/{stage}", AppendAsync)
            .RequireService()
            .WithName("AppendLog")
            .WithSummary("Appends to the log of a stage at an offset; what is there already is skipped.");

    private static async Task<Results<Ok<LogState>, ProblemHttpResult>> AppendAsync(
        Guid releaseId,
        string stage,
        HttpContext context,
        StageLogs logs,
        IngressStore store,
        long offset = 0,
        string? host = null
    )
    {
        var log = host is null ? stage : StageLogs.OfHost(host);
        if (!StageLogs.IsStage(stage) || log is null || offset < 0)
        {
            return Problems.Result(
                StatusCodes.Status400BadRequest,
                IngressCodes.LogAddressInvalid,
                $"'{PlainText.Line(stage, 50)}' at offset {offset} is no place in a log.",
                "A stage is a word of lower-case letters, digits and hyphens, a host's name has dots and underscores too; an offset is "
                    + "not negative."
            );
        }

        if (
            !await store.Releases.AnyAsync(x => x.Id == releaseId, context.RequestAborted)
            && !await store.PullRequestBuilds.AnyAsync(x => x.Id == releaseId, context.RequestAborted)
        )
        {
            return Problems.Result(
                StatusCodes.Status404NotFound,
                IngressCodes.ReleaseUnknown,
                $"There is no release {releaseId}.",
                "Send the log of a release that this server has received."
            );
        }

        context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize = null;
        var appended = await logs.AppendAsync(releaseId, log, offset, context.Request.Body, context.RequestAborted);
        if (!appended.Gap)
        {
            return TypedResults.Ok(new LogState { Length = appended.Length, Truncated = appended.Truncated });
        }

        var problem = Problems.Result(
            StatusCodes.Status409Conflict,
            IngressCodes.LogGap,
            $"The log of {stage} ends at {appended.Length}, before the offset {offset}.",
            $"Send again from offset {appended.Length}."
        );
        problem.ProblemDetails.Extensions["length"] = appended.Length;
        return problem;
    }

    private static async Task<Results<EmptyHttpResult, ProblemHttpResult>> ReadAsync(
        string id,
        HttpContext context,
        ReleaseQueries queries,
        LogReader reader,
        string? stage = null,
        string? host = null,
        bool follow = false,
        long offset = 0
    )
    {
        var lookup = await queries.FindAsync(id, context.RequestAborted);
        if (lookup.Release is not { } release)
        {
            return lookup.Problem!;
        }

        var log = host is null ? stage : StageLogs.OfHost(host);
        if (
            (stage is not null && !StageLogs.IsStage(stage))
            || (host is not null && (log is null || stage is not null))
            || offset < 0
        )
        {
            return Problems.Result(
                StatusCodes.Status400BadRequest,
                IngressCodes.LogAddressInvalid,
                $"'{PlainText.Line(stage, 50)}' at offset {offset} is no place in a log.",
                "Name a stage such as build, or a host, not both; an offset is not negative."
            );
        }

        if (!follow && log is not null && !reader.Exists(release.Id, log))
        {
            var (kind, names) = host is null
                ? ("stage", reader.StageNames(release.Id))
                : ("host", reader.HostNames(release.Id));
            return Problems.Result(
                StatusCodes.Status404NotFound,
                IngressCodes.LogUnknown,
                $"The {kind} {host ?? stage} of release {release.Id} has no log.",
                $"The {kind}s with a log so far: {(names.Length > 0 ? names : "none")}."
            );
        }

        context.Response.ContentType = TextType;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        await reader.WriteAsync(release.Id, log, follow, offset, context);
        return TypedResults.Empty;
    }
}

/// <summary>Writes logs to a client, as far as they are or until they are complete.</summary>
internal sealed class LogReader(
    StageLogs logs,
    IServiceScopeFactory scopes,
    TimeProvider time,
    IHostApplicationLifetime lifetime
)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    public bool Exists(Guid release, string stage) => logs.Exists(release, stage);

    public string HostNames(Guid release) => string.Join(", ", logs.HostsOf(release));

    public string StageNames(Guid release) => string.Join(", ", logs.StagesOf(release));

    public async Task WriteAsync(Guid release, string? stage, bool follow, long offset, HttpContext context)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted,
            lifetime.ApplicationStopping
        );
        var to = context.Response.Body;
        try
        {
            await to.FlushAsync(stop.Token);
            if (stage is not null)
            {
                await WriteStageAsync(release, stage, follow, offset, to, stop.Token);
            }
            else
            {
                await WriteAllAsync(release, follow, to, stop.Token);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The client left, or the host stops: there is nobody to tell.
        }
    }

    private async Task WriteAllAsync(Guid release, bool follow, Stream to, CancellationToken cancellationToken)
    {
        var written = new HashSet<string>();
        while (true)
        {
            var isOver = await IsOverAsync(release, stage: null, cancellationToken);
            foreach (var stage in logs.StagesOf(release).Where(written.Add))
            {
                await to.WriteAsync(Encoding.UTF8.GetBytes($"==> {stage} <==\n"), cancellationToken);
                await WriteStageAsync(release, stage, follow, 0, to, cancellationToken);
            }

            if (!follow || isOver)
            {
                return;
            }

            await Task.Delay(Look, time, cancellationToken);
        }
    }

    private async Task WriteStageAsync(
        Guid release,
        string stage,
        bool follow,
        long offset,
        Stream to,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            // Both asked before the copy: what is written before the stage ends is then in the copy.
            var nextWrite = logs.NextWrite(release, stage);
            var isOver = !follow || await IsOverAsync(release, stage, cancellationToken);
            offset = await logs.CopyAsync(release, stage, offset, to, cancellationToken);
            await to.FlushAsync(cancellationToken);
            if (isOver)
            {
                return;
            }

            await logs.WaitAsync(nextWrite, Look, cancellationToken);
        }
    }

    /// <summary>Whether a stage, or the release, has ended, so that its log is complete.</summary>
    private async Task<bool> IsOverAsync(Guid release, string? stage, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<IngressStore>();
        if (
            await store
                .PullRequestBuilds.AsNoTracking()
                .SingleOrDefaultAsync(x => x.Id == release, cancellationToken) is
            { } build
        )
        {
            return build.HasEnded;
        }

        var queries = scope.ServiceProvider.GetRequiredService<ReleaseQueries>();
        var found = await queries.SnapshotsAsync(x => x.Id == release, cancellationToken);
        return found is not [var snapshot]
            || ReleaseStates.IsFinal(snapshot.Release.State)
            || (
                stage is not null
                && snapshot.View.Stages.FirstOrDefault(x => x.Name == stage) is { } view
                && view.State is StageState.Succeeded or StageState.Failed or StageState.Skipped
            );
    }
}
