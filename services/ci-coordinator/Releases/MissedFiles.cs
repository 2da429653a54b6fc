using System.Globalization;
using Canary.Contracts;
using Canary.Contracts.Building;

namespace Canary.CiCoordinator.Releases;

/// <summary>Tells, when hosts refuse a version, of files that its build made and that its package does not hold: without
/// <c>package.include</c> that is the likeliest cause.</summary>
internal static class MissedFiles
{
    /// <summary>The deployer's: what a file that is missing brings about.</summary>
    private static readonly string[] Symptoms =
    [
        CiCoordinatorCodes.CanaryFailed,
        CiCoordinatorCodes.PreDeployFailed,
        CiCoordinatorCodes.SmokeFailed,
        CiCoordinatorCodes.WaveFailed,
    ];

    public static Failure? With(this Failure? failure, BuildLeftovers? left) =>
        failure is not null && left is not null && Symptoms.Contains(failure.Code)
            ? failure with
            {
                Remedy = $"{failure.Remedy} {Told(left)}",
            }
            : failure;

    private static string Told(BuildLeftovers left)
    {
        var where = string.Join(
            ", ",
            left.Directories.Select(directory => $"{Number(directory.Files)} in {directory.Path}")
        );
        var patterns = string.Join(", ", left.Directories.Select(directory => $"\"{directory.Path}/**\""));
        return $"The build left {Number(left.Files)} files that are not in the package"
            + (where.Length > 0 ? $" ({where})" : "")
            + ": if the application needs them, add `package: include:` to canary.yml"
            + (patterns.Length > 0 ? $", such as `include: [{patterns}]`." : ".");
    }

    private static string Number(int count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
