namespace Canary.Cli.Api;

/// <summary>The words of the API that the client acts on; every other word is only shown.</summary>
internal static class States
{
    public static bool Is(string? value, string name) =>
        value is not null
        && string.Equals(value.Replace("-", "", StringComparison.Ordinal), name, StringComparison.OrdinalIgnoreCase);

    public static bool IsFinal(this Release release) =>
        Is(release.State, "Completed")
        || Is(release.State, "Failed")
        || Is(release.State, "RolledBack")
        || Is(release.State, "Superseded");

    /// <summary>Whether the release ended before the stage; one that was passed over on purpose has a detail that says
    /// so.</summary>
    public static bool IsNotReached(this Stage stage, Release release) =>
        release.IsFinal()
        && !Is(release.State, "Completed")
        && stage.StartedAt is null
        && stage.Detail is not { Length: > 0 }
        && (Is(stage.State, "Pending") || Is(stage.State, "Skipped"));

    /// <summary>Whether the release ended before the host's turn came.</summary>
    public static bool IsNotReached(this ReleaseHost host, Release release) =>
        release.IsFinal() && Is(host.State, "Pending");

    /// <summary>Where the release stands, as people say it: one of another branch is complete when it is built.</summary>
    public static string Standing(this Release release) =>
        !release.Deploys && Is(release.State, "Completed") ? "built only" : Words(release.Phase ?? release.State);

    public static bool AwaitsPromotion(this Release release) => Is(release.Phase, "AwaitingPromotion");

    public static int ExitCode(this Release release) =>
        release.IsFinal() && !Is(release.State, "Completed") ? ExitCodes.ReleaseFailed : ExitCodes.Ok;

    /// <summary><c>AwaitingPromotion</c> as people write it: <c>awaiting promotion</c>.</summary>
    public static string Words(string? state)
    {
        var words = new System.Text.StringBuilder();
        foreach (var letter in state ?? "")
        {
            if (char.IsUpper(letter) && words.Length > 0)
            {
                words.Append(' ');
            }
            words.Append(letter == '-' ? ' ' : char.ToLowerInvariant(letter));
        }
        return words.ToString();
    }

    /// <summary>The part of an id that people type.</summary>
    public static string Short(this Guid id) => id.ToString("n")[..8];

    public static string ShortCommit(string? commit) => commit is { Length: > 7 } ? commit[..7] : commit ?? "";
}
