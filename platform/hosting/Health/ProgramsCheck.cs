using Canary.Failures;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.Hosting.Health;

/// <summary>Whether programs that the host runs are there.</summary>
/// <param name="programs">Their names.</param>
/// <param name="consequence">What does not work without them.</param>
/// <param name="remedy">What to do.</param>
public sealed class ProgramsCheck(IReadOnlyList<string> programs, string consequence, string remedy) : IHealthCheck
{
    /// <inheritdoc />
    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        var found = programs.ToDictionary(
            program => program,
            program => path.Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists)
        );
        var missing = found.Where(program => program.Value is null).Select(program => program.Key).ToList();
        return Task.FromResult(
            missing.Count == 0
                ? HealthCheckResult.Healthy($"{string.Join(" and ", found.Values)}.")
                : CheckFailure.Degraded($"{string.Join(" and ", missing)} cannot be found. {consequence}", remedy)
        );
    }
}
