using Canary.Failures;
using Microsoft.Extensions.Configuration;

namespace Canary.Hosting.Configuration;

/// <summary>
/// Keys as people write them and as the binder wants them. People write kebab-case (<c>deployer.failure-budget</c>); the binder
/// compares property names without regard to case, but not to hyphens. Only names that are looked up as they are, those of
/// services, keep theirs.
/// </summary>
public static class ConfigurationKeys
{
    private const string Services = "hosting:services";

    /// <summary>Turns <c>deployer.failure-budget=1</c> into <c>deployer:failurebudget=1</c>.</summary>
    /// <param name="setting">Key and value; the key's parts are separated by dots or colons.</param>
    public static string NormaliseSetting(string setting)
    {
        ArgumentNullException.ThrowIfNull(setting);

        var (key, value) = setting.Split('=', 2) is [var left, var right]
            ? (left, right)
            : throw new CanaryException(
                "setting-invalid",
                $"'{setting}' is not a setting.",
                "Write it as key=value, for example deployer.soak=00:01:00."
            );
        var normalised = key.Split('.', ':').Aggregate("", Append);
        return $"{normalised}={value}";
    }

    internal static string Append(string key, string part)
    {
        if (key.Length == 0)
        {
            return part;
        }

        var isName = key.Equals(Services, StringComparison.OrdinalIgnoreCase);
        return ConfigurationPath.Combine(key, isName ? part : part.Replace("-", "", StringComparison.Ordinal));
    }
}
