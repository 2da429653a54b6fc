using System.Globalization;

namespace Canary.Cli.Local;

/// <summary>An installation that <c>docker compose</c> runs on this machine.</summary>
internal sealed class DockerCompose(string file)
{
    /// <summary>Where this machine reaches a port of a service.</summary>
    public async Task<Uri> AddressOfAsync(string service, int port, CancellationToken cancellation)
    {
        var result = await RunAsync(["port", service, port.ToString(CultureInfo.InvariantCulture)], cancellation);
        var address = result.Output.Trim().Split('\n')[0];
        return result.Succeeded && Uri.TryCreate($"http://{address}/", UriKind.Absolute, out var uri) && uri.Port > 0
            ? uri
            : throw CliException.Usage(
                CliCodes.ComposeNotRunning,
                $"The service {service} of {file} does not run: {result.Error.Trim()}",
                "Start the installation with './build.sh up'."
            );
    }

    /// <summary>Runs a program in a service's container; its output, or <c>null</c> if it fails.</summary>
    public async Task<string?> TryExecAsync(string service, IEnumerable<string> command, CancellationToken cancellation)
    {
        var result = await RunAsync(["exec", "-T", service, .. command], cancellation);
        return result.Succeeded ? result.Output : null;
    }

    /// <summary>Since when a service's container runs; <c>null</c>: it does not.</summary>
    public async Task<DateTimeOffset?> RunningSinceAsync(string service, CancellationToken cancellation)
    {
        var container = await RunAsync(["ps", "--all", "--quiet", service], cancellation);
        var state = await Tool.TryRunAsync(
            "docker",
            ["inspect", "--format", "{{.State.Running}} {{.State.StartedAt}}", container.Output.Trim()],
            cancellation
        );
        return state?.Output.Trim().Split(' ') is ["true", var start]
            ? DateTimeOffset.Parse(start, CultureInfo.InvariantCulture)
            : null;
    }

    private async Task<ToolResult> RunAsync(IEnumerable<string> arguments, CancellationToken cancellation) =>
        await Tool.TryRunAsync("docker", ["compose", "--file", file, .. arguments], cancellation)
        ?? throw CliException.Usage(
            CliCodes.ToolMissing,
            "There is no program 'docker' on this machine.",
            "Install a Docker engine with its compose plugin."
        );
}
