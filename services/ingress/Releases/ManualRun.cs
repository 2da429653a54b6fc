using Canary.Contracts;
using Canary.Contracts.Releases;
using Canary.Failures;
using Canary.Hosting.Http;
using Canary.Ingress.Audit;
using Canary.Ingress.Fleet;
using Canary.Ingress.Repositories;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Releases;

/// <summary>A release that a person asks for.</summary>
internal sealed record ManualRunRequest
{
    /// <summary><c>OWNER/NAME</c> of a configured repository, an address that git understands, or an absolute path on the
    /// server.</summary>
    public string? Repository { get; init; }

    /// <summary>Branch to release; default: the one that is checked out in a local repository, else the repository's own
    /// default branch.</summary>
    public string? Branch { get; init; }

    /// <summary>Commit to release; default: the newest of the branch.</summary>
    public string? Commit { get; init; }

    /// <summary>Name of the application; default: by the configuration, or the repository's name.</summary>
    public string? Application { get; init; }

    /// <summary>Whether the result is deployed; default: yes, unless the repository is configured and the branch is not the
    /// one that deploys.</summary>
    public bool? Deploy { get; init; }

    /// <summary>Who asks; default <c>operator</c>.</summary>
    public string? By { get; init; }

    /// <summary>Whether healthy canaries go on to production without being promoted, whatever the plan of the commit says;
    /// default: no.</summary>
    public bool Promote { get; init; }
}

/// <summary>Starts releases by hand: resolves what a person names to exactly one commit, and says clearly when it cannot.
/// </summary>
internal sealed class ManualRun(
    RepositoryRegistry registry,
    GitInspector git,
    PushAdmission admission,
    Deployments deployments,
    ReleaseQueries queries,
    FleetWarnings fleet,
    AuditLog audit,
    IngressStore store,
    IOptionsMonitor<IngressOptions> options
)
{
    /// <summary>How often one commit can be released again; a person notices long before.</summary>
    private const int MostRuns = 1000;

    public async Task<Results<Accepted<ReleaseView>, Ok<ReleaseView>, ProblemHttpResult>> StartAsync(
        ManualRunRequest request,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var (draft, warnings) = await ResolveAsync(request, cancellationToken);
            return await ReleaseAsync(draft, warnings, cancellationToken);
        }
        catch (CanaryException e)
        {
            return Problems.Result(StatusCodes.Status422UnprocessableEntity, e);
        }
    }

    /// <summary>Releases exactly what an earlier release released, wherever its push came from.</summary>
    public async Task<Results<Accepted<ReleaseView>, Ok<ReleaseView>, ProblemHttpResult>> RepeatAsync(
        string id,
        Decision? decision,
        CancellationToken cancellationToken
    )
    {
        var lookup = await queries.FindAsync(id, cancellationToken);
        if (lookup.Release is not { } release)
        {
            return lookup.Problem!;
        }

        if (release is { State: ReleaseStates.Completed, Push.Deploys: true, Version: not null })
        {
            var again = await deployments.AgainAsync(
                release,
                Decision.ByOf(decision),
                promotes: false,
                cancellationToken
            );
            return again.Result is Accepted<ReleaseView> accepted ? accepted : (ProblemHttpResult)again.Result;
        }

        if (!MayBeRepeated(release.State))
        {
            return Problems.Result(
                StatusCodes.Status409Conflict,
                IngressCodes.DecisionNotApplicable,
                $"The release is {release.State}; one that failed, was rolled back or superseded can be released again.",
                $"See how far it is: canary releases show {release.Id}."
            );
        }

        var push = release.Push;
        var draft = new PushDraft
        {
            Application = push.Application,
            IsApplicationChosen = true,
            IsApplicationConfigured = registry.Gives(push.Application, push.Source.Repository),
            Source = push.Source,
            Upload = push.Upload,
            Deploys = push.Deploys,
            IsRequested = true,
            SkipsPreDeploy = decision?.PreDeployDone ?? false,
            Pusher = Decision.ByOf(decision),
            Author = AuthorOf(release),
            Title = push.Title,
            CompareUrl = push.CompareUrl,
        };
        try
        {
            return await ReleaseAsync(draft, [], cancellationToken);
        }
        catch (CanaryException e)
        {
            return Problems.Result(StatusCodes.Status422UnprocessableEntity, e);
        }
    }

    /// <summary>Releases a package that the publisher has got: once, however often it is uploaded, unless that release failed or something
    /// else runs by now.</summary>
    public async Task<Results<Accepted<ReleaseView>, Ok<ReleaseView>, ProblemHttpResult>> ReleaseUploadAsync(
        PushDraft draft,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await ReleaseAsync(draft, [], cancellationToken);
        }
        catch (CanaryException e)
        {
            return Problems.Result(StatusCodes.Status422UnprocessableEntity, e);
        }
    }

    private static string AuthorOf(ReleaseRow release) => release.Push.Author ?? release.Push.Pusher;

    private static bool MayBeRepeated(string state) =>
        state is ReleaseStates.Failed or ReleaseStates.RolledBack or ReleaseStates.Superseded;

    private async Task<Results<Accepted<ReleaseView>, Ok<ReleaseView>, ProblemHttpResult>> ReleaseAsync(
        PushDraft draft,
        IReadOnlyList<string> warnings,
        CancellationToken cancellationToken
    )
    {
        var admitted = await AdmitAsync(draft, cancellationToken);
        var lookup = await queries.FindAsync(admitted.ReleaseId.ToString("N"), cancellationToken);
        var release = lookup.Release!;
        var isHeld = !draft.IsRequested && await IsHeldAsync(draft.Application, cancellationToken);
        if (
            !admitted.IsNew
            && !isHeld
            && release is { State: ReleaseStates.Completed, Push.Deploys: true, Version: not null }
        )
        {
            // It was released before, and perhaps something else runs now.
            var again = await deployments.AgainAsync(release, draft.Pusher, draft.Promotes, cancellationToken);
            if (again.Result is Accepted<ReleaseView> { Value: { } started })
            {
                return TypedResults.Accepted($"/api/releases/{started.Id}", started with { Warnings = warnings });
            }
        }

        if (admitted.IsNew)
        {
            await audit.WriteAsync(
                new AuditedDecision(
                    draft.Upload is null ? AuditedActions.StartRelease : AuditedActions.UploadPackage,
                    draft.Pusher
                )
                {
                    Application = release.Application,
                    ReleaseId = release.Id,
                    Detail =
                        draft.Upload is { } package ? $"{package.Name} {package.Version} {package.Sha256}"
                        : draft.SkipsPreDeploy ? $"{release.Commit} without script/pre-deploy"
                        : release.Commit,
                },
                // Who hangs up is on record all the same.
                CancellationToken.None
            );
        }

        var view = await queries.ViewAsync(release, cancellationToken);
        view = view with { Warnings = [.. warnings, .. await fleet.OfAsync(view, cancellationToken)] };
        return admitted.IsNew
            ? TypedResults.Accepted($"/api/releases/{view.Id}", view)
            : TypedResults.Ok(view with { NothingStarted = WhyNothing(release, isHeld) });
    }

    private async Task<bool> IsHeldAsync(string application, CancellationToken cancellationToken) =>
        await store.Holds.FindAsync([application], cancellationToken) is { Hold: not null };

    private static string WhyNothing(ReleaseRow release, bool isHeld) =>
        !ReleaseStates.IsFinal(release.State) ? $"release {release.Id} of this {WhatOf(release)} is under way."
        : isHeld
            ? $"release {release.Id} of this {WhatOf(release)} is {release.State}, and deployments of {release.Application} are held: canary apps resume {release.Application}."
        : $"release {release.Id} of this {WhatOf(release)} is {release.State}, and it is what {release.Application} has.";

    private static string WhatOf(ReleaseRow release) => release.Push.Upload is null ? "commit" : "package";

    /// <summary>A commit whose release runs or has completed is not built twice; one that failed, was rolled back or was
    /// superseded is, because a person asks for it; it stays the commit of who pushed it.</summary>
    private async Task<Admission> AdmitAsync(PushDraft draft, CancellationToken cancellationToken)
    {
        for (var run = 1; run <= MostRuns; run++)
        {
            var id = ReleaseId.Of(draft.Application, draft.Source.Commit, draft.Deploys, run);
            var lookup = await queries.FindAsync(id.ToString("N"), cancellationToken);
            if (lookup.Release is null)
            {
                return await admission.AdmitAsync(draft, delivery: null, cancellationToken, run);
            }

            if (!MayBeRepeated(lookup.Release.State))
            {
                return new Admission(id, IsNew: false);
            }

            draft = draft with { Author = draft.Author ?? AuthorOf(lookup.Release) };
        }

        throw new CanaryException(
            IngressCodes.TooManyRuns,
            $"The commit {draft.Source.Commit} was released {MostRuns} times.",
            "Make a new commit."
        );
    }

    private async Task<(PushDraft Draft, IReadOnlyList<string> Warnings)> ResolveAsync(
        ManualRunRequest request,
        CancellationToken cancellationToken
    )
    {
        var asked = request.Repository?.Trim() ?? "";
        CheckWords(request);
        var path = CloneAddress.LocalPathOf(asked);
        var known = registry.FindAsked(asked);
        var address = path ?? known?.CloneAddress ?? asked;
        var local = CloneAddress.LocalPathOf(address);
        if (path is not null && !options.CurrentValue.AllowLocalRepositories)
        {
            throw new CanaryException(
                IngressCodes.LocalRepositoryNotAllowed,
                $"'{PlainText.Address(asked)}' is a path on the server, and those are switched off.",
                "Set ingress.allow-local-repositories, or name a repository that the server can reach."
            );
        }

        if (known is null && GitNames.IsRepository(asked))
        {
            throw new CanaryException(
                IngressCodes.RepositoryUnknown,
                $"No entry of ingress.repositories matches {asked}.",
                $"Add '- name: {asked}' under ingress.repositories, or give the repository's address or path."
            );
        }

        if (!CloneAddress.IsUsable(address))
        {
            throw new CanaryException(
                IngressCodes.RepositoryInvalid,
                $"'{PlainText.Address(asked)}' is no repository.",
                "Give OWNER/NAME of a configured repository, an https or ssh address without a password, or an absolute path."
            );
        }

        var found = local is not null
            ? await git.ResolveLocalAsync(local, request.Branch, request.Commit, cancellationToken)
            : await git.ResolveRemoteAsync(address, request.Branch ?? known?.Branch, request.Commit, cancellationToken);
        var application =
            request.Application
            ?? known?.Application
            ?? ApplicationName.FromAddress(address)
            ?? throw new CanaryException(
                IngressCodes.ApplicationUnnamed,
                $"'{PlainText.Address(asked)}' gives no Debian package name.",
                "Name the application in the request: lower-case letters, digits, + - . and at least two characters."
            );
        var draft = new PushDraft
        {
            Application = application,
            IsApplicationChosen = true,
            IsApplicationConfigured = registry.Gives(application, asked),
            Source = new SourceReference
            {
                Repository = known?.Name ?? local ?? address,
                CloneUrl = local ?? address,
                Branch = found.Branch,
                Commit = found.Commit,
            },
            Deploys = request.Deploy ?? (known?.Branch is null || known.Branch == found.Branch),
            IsRequested = true,
            Promotes = request.Promote,
            Pusher = PlainText.Line(request.By, PushDraft.LongestPusher) ?? "operator",
            Title = PlainText.Line(found.Title, PushDraft.LongestTitle),
        };
        return (draft, found.Warnings);
    }

    private static void CheckWords(ManualRunRequest request)
    {
        if (request.Branch is { } branch && !GitNames.IsBranch(branch))
        {
            throw new CanaryException(
                IngressCodes.BranchInvalid,
                $"'{PlainText.Line(branch, 200)}' is not a branch name.",
                "Give the name as 'git branch' shows it."
            );
        }

        if (request.Commit is { } commit && (commit.Length is < 4 or > 64 || !GitNames.IsHex(commit)))
        {
            throw new CanaryException(
                IngressCodes.CommitInvalid,
                $"'{PlainText.Line(commit, 200)}' is not a commit id.",
                "Give the id as 'git rev-parse HEAD' shows it."
            );
        }

        if (request.Application is { } application && !ApplicationName.IsValid(application))
        {
            throw new CanaryException(
                IngressCodes.ApplicationInvalid,
                $"'{PlainText.Line(application, 200)}' is not a Debian package name.",
                "Use lower-case letters, digits, + - . and at least two characters, beginning with a letter or digit."
            );
        }
    }
}
