namespace Canary.Durability.Jobs;

/// <summary>Jobs that are worked off by themselves: they take no place of those in another lane, and wait for none.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Concurrency">How many are at work at once in one process, where that is not <see cref="JobOptions.Concurrency"/>.</param>
public sealed record JobLane(string Name, Func<IServiceProvider, int>? Concurrency = null)
{
    /// <summary>The one for jobs of which nothing else is said.</summary>
    public static JobLane General { get; } = new("jobs");
}
