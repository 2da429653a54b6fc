using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.Failures;

/// <summary>Results of health checks that tell a person what to do.</summary>
public static class CheckFailure
{
    /// <summary>Key of the remedy in the data of a result.</summary>
    public const string Remedy = "remedy";

    /// <summary>Something wants attention.</summary>
    /// <param name="problem">What is wrong.</param>
    /// <param name="remedy">What a person can do about it.</param>
    public static HealthCheckResult Degraded(string problem, string remedy) =>
        HealthCheckResult.Degraded(problem, data: With(remedy));

    /// <summary>Something does not work.</summary>
    /// <param name="problem">What is wrong.</param>
    /// <param name="remedy">What a person can do about it.</param>
    public static HealthCheckResult Unhealthy(string problem, string remedy) =>
        HealthCheckResult.Unhealthy(problem, data: With(remedy));

    /// <summary>The same, from an exception.</summary>
    public static HealthCheckResult Unhealthy(CanaryException exception)
    {
        ArgumentNullException.ThrowIfNull(exception);

        return Unhealthy(exception.Message, exception.Remedy);
    }

    private static Dictionary<string, object> With(string remedy) => new() { [Remedy] = remedy };
}
