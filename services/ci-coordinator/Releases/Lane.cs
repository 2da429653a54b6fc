using Canary.Contracts.Releases;

namespace Canary.CiCoordinator.Releases;

/// <summary>The one order of an application's releases. It numbers what it admits, and that number is the only order that anybody
/// downstream knows.</summary>
internal sealed class Lane
{
    public required string Application { get; init; }

    /// <summary>Number of the newest release; 0: there was none.</summary>
    public long LastNumber { get; private set; }

    public Guid? NewestReleaseId { get; private set; }

    public string? NewestCommit { get; private set; }

    /// <summary>The head of the branch that was released last. What a person runs or deploys in between does not change it.</summary>
    public string? HeadCommit { get; private set; }

    /// <summary>The release of that head.</summary>
    public Guid? HeadReleaseId { get; private set; }

    /// <summary>Who holds the deployments of what pushes lead to; <c>null</c>: they are automatic.</summary>
    public Hold? Hold { get; private set; }

    /// <summary>Counts the changes of the hold.</summary>
    public int HoldRevision { get; private set; }

    public int Version { get; private set; }

    /// <summary>Gives a release the next number; it takes the place of the newest so far.</summary>
    public Admission Admit(PushReceived push, Deployment? deployment = null)
    {
        LastNumber = Math.Max(LastNumber, push.After) + 1;
        var admission = new Admission
        {
            ReleaseId = push.ReleaseId,
            Application = push.Application,
            Commit = push.Source.Commit,
            Number = LastNumber,
            Supersedes = NewestReleaseId,
            Deployment = deployment,
        };
        (NewestReleaseId, NewestCommit) = (push.ReleaseId, push.Source.Commit);
        Version++;
        return admission;
    }

    /// <summary>Admits a commit that the branch points to.</summary>
    public Admission AdmitHead(PushReceived push, Deployment? deployment = null)
    {
        var admission = Admit(push, deployment);
        (HeadReleaseId, HeadCommit) = (NewestReleaseId, NewestCommit);
        return admission;
    }

    public void Change(Hold? hold)
    {
        Hold = hold;
        HoldRevision++;
        Version++;
    }

    /// <summary>Notes that the branch points to the commit of the newest release, which a person has asked for.</summary>
    public void NewestIsHead()
    {
        (HeadReleaseId, HeadCommit) = (NewestReleaseId, NewestCommit);
        Version++;
    }
}
