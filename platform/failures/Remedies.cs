namespace Canary.Failures;

/// <summary>What people can do, where many errors end in the same advice.</summary>
public static class Remedies
{
    /// <summary>A release that has failed stays so. Half a sentence.</summary>
    public const string ReleaseAgain = "release the commit again: canary releases retry ID";
}
