namespace Canary.Hosting;

/// <summary>What people can do, where many errors end in the same advice.</summary>
public static class Remedies
{
    /// <summary>A release that has failed stays so. Half a sentence.</summary>
    public const string ReleaseAgain =
        "release the commit again with 'canary run --repo REPOSITORY --commit COMMIT', or push a commit, which may be empty";
}
