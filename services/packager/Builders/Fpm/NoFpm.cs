using Canary.Failures;

namespace Canary.Packager.Builders.Fpm;

/// <summary>FPM runs nowhere.</summary>
internal sealed class NoFpm : IFpmRunner
{
    public Task RunAsync(FpmJob job, Func<FpmRun, Task> judge, CancellationToken cancellation) => throw Unavailable();

    public Task<string> CheckAsync(CancellationToken cancellation) =>
        Task.FromResult("No package is made by FPM (packager.fpm.kind: none).");

    private static CanaryException Unavailable() =>
        new(
            PackagerCodes.FpmUnavailable,
            "The packager is not told where FPM runs (packager.fpm.kind: none).",
            "Set packager.fpm.kind to local or consul."
        );
}
