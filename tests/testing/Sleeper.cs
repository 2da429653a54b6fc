using System.Diagnostics;

namespace Canary.Testing;

/// <summary>A <c>sleep</c> that can be told from every other on this machine, by how long it sleeps.</summary>
public sealed class Sleeper
{
    /// <summary>How long, as its argument.</summary>
    public string Time { get; } = $"{Random.Shared.Next(100_000, 999_999)}.5";

    /// <summary>Process ids of those that run.</summary>
    public IReadOnlyList<int> Running() =>
        [.. Process.GetProcessesByName("sleep").Select(process => process.Id).Where(IsIt)];

    private bool IsIt(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline") == $"sleep\0{Time}\0";
        }
        catch (IOException)
        {
            return false;
        }
    }
}
