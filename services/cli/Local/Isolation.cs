namespace Canary.Cli.Local;

/// <summary>Whether this machine lets the scripts of a commit and simulated hosts be kept apart from it, before anything is
/// made.</summary>
internal static class Isolation
{
    private static readonly string[] Trial = ["--mount", "--ipc", "--uts", "--pid", "--fork", "--mount-proc", "true"];

    private static readonly string[] OfAnOrdinaryUser = ["--user", "--map-root-user"];

    // What unshare(1) says is read, and shown beside words of our own.
    private static readonly Dictionary<string, string?> InEnglish = new() { ["LC_ALL"] = "C" };

    /// <returns>Why it does not, in the words of the program that tried; <c>null</c>: it does.</returns>
    public static async Task<string?> WhyNotAsync(string? path, CancellationToken cancellation)
    {
        var program = Tool.Find("unshare", path) ?? "unshare";
        string[] arguments = Environment.IsPrivilegedProcess ? Trial : [.. OfAnOrdinaryUser, .. Trial];
        var trial = await Tool.TryRunAsync(program, arguments, cancellation, environment: InEnglish);
        return trial is { Succeeded: true } ? null : trial?.Error.Trim().Split('\n')[^1] ?? "there is no unshare";
    }
}
