using Canary.Failures;
using Canary.Hosting.Logs;
using Canary.Processes.Sandboxes;

namespace Canary.CiCoordinator.Builds;

/// <summary>Reads what the scripts of an application are given to keep secret.</summary>
internal static class BuildSecret
{
    public const int MostBytes = 64 << 10;

    /// <exception cref="CanaryException"><c>build-secret-unusable</c></exception>
    public static Secret Read(BuildSecretOptions secret)
    {
        try
        {
            using var file = File.OpenRead(secret.File);
            var content = new byte[MostBytes + 1];
            var length = file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            return length > MostBytes
                    ? throw Unusable(secret, $"is larger than {MostBytes >> 10} KiB", "Give a smaller one.")
                : !SecretForms.HasAny(content[..length])
                    ? throw Unusable(
                        secret,
                        $"has no line of at least {SecretForms.Shortest} characters, and could not be kept out of logs",
                        "Put a longer secret into it."
                    )
                : new Secret(secret.Name, content[..length]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unusable(
                secret,
                $"cannot be read: {exception.Message}",
                "Put the secret there, readable for the user of ci-coordinator; or correct ci-coordinator.builds.applications."
            );
        }
    }

    private static CanaryException Unusable(BuildSecretOptions secret, string problem, string remedy) =>
        new(
            CiCoordinatorCodes.BuildSecretUnusable,
            $"The secret {secret.Name} cannot be given to the build: {secret.File} {problem}.",
            $"{remedy} Then {Remedies.ReleaseAgain}."
        );
}
