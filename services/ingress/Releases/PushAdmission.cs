using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using Canary.Contracts.Releases;
using Canary.Failures;
using Microsoft.EntityFrameworkCore;

namespace Canary.Ingress.Releases;

/// <summary>What became of a push.</summary>
internal readonly record struct Admission(Guid ReleaseId, bool IsNew);

/// <summary>
/// Makes a push durable, once. Pushes that come while others are being written wait for each other and share the next commit:
/// its cost is nearly the same for one and for a hundred.
/// </summary>
internal sealed class PushAdmission(IServiceScopeFactory scopes)
{
    private const int LargestGroup = 200;

    private const int MostAttempts = 20;

    private readonly ConcurrentQueue<Candidate> _waiting = [];
    private int _isAtWork;

    /// <param name="push">The checked push.</param>
    /// <param name="delivery">Id of the webhook delivery; <c>null</c> for a manual run.</param>
    /// <param name="cancellationToken">Gives up before the commit.</param>
    /// <param name="run">Which release of the commit this is, from 1.</param>
    /// <exception cref="CanaryException"><c>application-taken</c>: another repository has the application.</exception>
    public Task<Admission> AdmitAsync(
        PushDraft push,
        string? delivery,
        CancellationToken cancellationToken,
        int run = 1
    )
    {
        // Ids of deliveries are not signed: one of one repository says nothing about another's.
        var known = delivery is null ? null : $"{push.Source.Repository.ToLowerInvariant()}#{delivery}";
        var candidate = new Candidate(push, known, run, Activity.Current, cancellationToken);
        _waiting.Enqueue(candidate);
        if (Interlocked.Exchange(ref _isAtWork, 1) == 0)
        {
            // The work is for all who wait: it belongs to no request.
            using (ExecutionContext.SuppressFlow())
            {
                _ = Task.Run(WorkAsync, CancellationToken.None);
            }
        }

        return candidate.Answer.WaitAsync(cancellationToken);
    }

    private async Task WorkAsync()
    {
        do
        {
            while (Take() is { Count: > 0 } group)
            {
                await AdmitAsync(group);
            }

            Volatile.Write(ref _isAtWork, 0);
        } while (!_waiting.IsEmpty && Interlocked.Exchange(ref _isAtWork, 1) == 0);
    }

    private List<Candidate> Take()
    {
        var group = new List<Candidate>();
        while (group.Count < LargestGroup && _waiting.TryDequeue(out var candidate))
        {
            if (!candidate.HasGone)
            {
                group.Add(candidate);
            }
        }

        return group;
    }

    private async Task AdmitAsync(List<Candidate> group, int attempt = 1)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<GroupAdmission>().AdmitAsync(group);
        }
        catch (DbUpdateConcurrencyException) when (attempt < MostAttempts)
        {
            // A release that is known already was just seen in another state.
            await AdmitAsync(group, attempt + 1);
        }
        catch (DbUpdateException exception)
            when (group.Count > 1 && exception.InnerException is DbException { IsTransient: false })
        {
            // Somebody else was first with one of them, or one cannot be stored: the others do not answer for it.
            var half = group.Count / 2;
            await AdmitAsync(group[..half]);
            await AdmitAsync(group[half..]);
        }
        catch (DbUpdateException exception)
            when (attempt < MostAttempts && exception.InnerException is DbException { IsTransient: false })
        {
            // If that was another replica, or the pipeline, which has found this commit itself, then it is known now.
            await AdmitAsync(group, attempt + 1);
        }
        catch (Exception exception)
        {
            group.ForEach(candidate => candidate.Fail(exception));
        }
    }
}

/// <summary>A push that waits to be admitted.</summary>
internal sealed class Candidate(
    PushDraft push,
    string? delivery,
    int run,
    Activity? request,
    CancellationToken cancellation
)
{
    private readonly TaskCompletionSource<Admission> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Guid Id { get; } = ReleaseId.Of(push.Application, push.Source.Commit, push.Deploys, run);

    public PushDraft Push => push;

    public string? Delivery => delivery;

    public int Run => run;

    /// <summary>The request that brought it, for its trace.</summary>
    public Activity? Request => request;

    /// <summary>Whether nobody waits for it any more.</summary>
    public bool HasGone => cancellation.IsCancellationRequested;

    public Task<Admission> Answer => _answer.Task;

    public void Admit(Guid release, bool isNew) => _answer.TrySetResult(new Admission(release, isNew));

    public void Fail(Exception exception) => _answer.TrySetException(exception);
}
