using System.Text.RegularExpressions;
using Canary.Failures;
using Microsoft.Extensions.Configuration;

namespace Canary.Hosting.Configuration;

/// <summary>
/// Keys as people write them and as the binder wants them. People write kebab-case (<c>deployer.failure-budget</c>); the binder
/// compares property names without regard to case, but not to hyphens. Names that people choose themselves, of applications and
/// packages for example, stay as they are.
/// </summary>
public static partial class ConfigurationKeys
{
    /// <summary>Turns <c>deployer.failure-budget=1</c> into <c>deployer:failurebudget=1</c>.</summary>
    /// <param name="setting">Key and value; the key's parts are separated by dots or colons.</param>
    public static string NormaliseSetting(string setting)
    {
        ArgumentNullException.ThrowIfNull(setting);

        var (key, value) = setting.Split('=', 2) is [var left, var right]
            ? (left, right)
            : throw new CanaryException(
                HostingCodes.SettingInvalid,
                $"'{setting}' is not a setting.",
                "Write it as key=value, for example deployer.soak=00:01:00."
            );
        return $"{Normalise(key.Split('.', ':'))}={value}";
    }

    internal static string Append(string key, string part)
    {
        if (key.Length == 0)
        {
            return part;
        }

        var name = HasNames().IsMatch(key) ? part : part.Replace("-", "", StringComparison.Ordinal);
        return ConfigurationPath.Combine(key, name);
    }

    private static string Normalise(string[] parts)
    {
        var key = "";
        for (var i = 0; i < parts.Length; i++)
        {
            if (HasNames().IsMatch(key))
            {
                // Names may hold dots.
                return Append(key, string.Join('.', parts[i..]));
            }

            key = Append(key, parts[i]);
        }

        return key;
    }

    /// <summary>Keys that have names below them. A test compares them with the options.</summary>
    [GeneratedRegex(
        @"\A(hosting:services|ingress:packagetokenfiles|ingress:alarms:rules:\d+:match|repository-publisher:admission:owners)\z",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex HasNames();
}
