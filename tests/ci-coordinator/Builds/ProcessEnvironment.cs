namespace Canary.CiCoordinator.Tests.Builds;

internal static class ProcessEnvironment
{
    /// <summary>What a process was started with; empty if it is gone.</summary>
    public static string Of(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/environ");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
