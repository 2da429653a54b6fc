using System.Globalization;

namespace Canary.Processes.Sandboxes;

/// <summary>What a sandbox allows, as arguments of <c>canary-sandbox</c>: the same on every machine.</summary>
public static class SandboxLimits
{
    /// <summary>The arguments.</summary>
    public static IEnumerable<string> Of(SandboxOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Of(options, options.Network);
    }

    internal static IEnumerable<string> Of(SandboxOptions options, SandboxNetwork network) =>
        [
            $"--network={NameOf(network)}",
            .. options.ReadOnlyPaths.Select(path => $"--read={path}"),
            .. options.Allow.Select(allowed => $"--allow={allowed}"),
            .. options.Deny.Select(denied => $"--deny={denied}"),
            .. options.Memory is { } memory ? [Number("--memory", memory)] : Array.Empty<string>(),
            Number("--disk", options.Disk),
            Number("--processes", options.Processes),
            Number("--files", options.OpenFiles),
        ];

    private static string NameOf(SandboxNetwork network) =>
        network switch
        {
            SandboxNetwork.Private => "private",
            SandboxNetwork.None => "none",
            _ => "automatic",
        };

    private static string Number(string option, long value) =>
        string.Create(CultureInfo.InvariantCulture, $"{option}={value}");
}
