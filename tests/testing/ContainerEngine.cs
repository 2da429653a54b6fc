using System.Globalization;
using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Containers;

namespace Canary.Testing;

/// <summary>A Docker engine, where there is one.</summary>
internal static class ContainerEngine
{
    private const string Reaper = "testcontainers/ryuk:0.14.0";

    /// <summary>Whether an engine answers and has an image from a registry. None is fetched: tests do not depend on a registry.
    /// Nor is one used that was built here: a stand-in under the same name need not know all that the real one does.</summary>
    public static async Task<bool> HasAsync(string image)
    {
        try
        {
            if (!await InspectsAsync(image))
            {
                return false;
            }

            await SpeakAsTheEngineDoesAsync();
            // It removes the containers of a test run that was killed; without its image there is no waiting for it.
            TestcontainersSettings.ResourceReaperEnabled = await InspectsAsync(Reaper);
            return true;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Ends a container at once; it can be started again.</summary>
    public static async Task KillAsync(IContainer container) =>
        (await ProcessRunner.RunAsync("docker", ["kill", container.Id])).EnsureSuccess();

    /// <summary>Starts a container that has ended, on the files that it had.</summary>
    public static async Task StartAgainAsync(IContainer container) =>
        (await ProcessRunner.RunAsync("docker", ["start", container.Id])).EnsureSuccess();

    /// <summary>Runs a program in a container; returns its output.</summary>
    public static async Task<string> OutputOfAsync(IContainer container, params string[] command)
    {
        var result = await container.ExecAsync(command);
        return result.ExitCode == 0
            ? result.Stdout
            : throw new InvalidOperationException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{string.Join(' ', command)} exited with {result.ExitCode}:\n{result.Stderr}"
                )
            );
    }

    /// <summary>Debian's engine is older than the library wants; what is asked of it here, it can do.</summary>
    private static async Task SpeakAsTheEngineDoesAsync()
    {
        const string variable = "DOCKER_API_VERSION";
        if (Environment.GetEnvironmentVariable(variable) is null)
        {
            var version = await ProcessRunner.OutputOfAsync(
                "docker",
                ["version", "--format", "{{.Server.APIVersion}}"]
            );
            Environment.SetEnvironmentVariable(variable, version.Trim());
        }
    }

    private static async Task<bool> InspectsAsync(string image)
    {
        var digests = await ProcessRunner.RunAsync(
            "docker",
            ["image", "inspect", "--format", "{{len .RepoDigests}}", image]
        );
        return digests.ExitCode == 0 && digests.Output.Trim() != "0";
    }
}
