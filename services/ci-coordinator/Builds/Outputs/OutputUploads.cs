using Canary.Contracts.Building;
using Canary.Failures;
using Canary.Hosting.Discovery;
using Microsoft.Extensions.Options;

namespace Canary.CiCoordinator.Builds.Outputs;

/// <summary>Hands what builds made to the repository publisher, which keeps it for the packager.</summary>
internal sealed class OutputUploads(
    HttpClient publisher,
    IOptions<BuildOptions> options,
    TimeProvider time,
    ILogger<OutputUploads> logger
)
{
    /// <summary>Uploads an archive under its SHA-256. While the publisher is away, which is no fault of the build, it is waited
    /// for.</summary>
    /// <exception cref="CanaryException">The publisher stays away or refuses the archive.</exception>
    public Task PutAsync(string archive, BuildOutput output, CancellationToken cancellation)
    {
        var upload = new FileUpload
        {
            What = "output of the build",
            Path = archive,
            Size = output.Size,
            Address = $"internal/outputs/{output.Sha256}",
            MediaType = "application/zstd",
            Service = "repository publisher",
            Unreachable = CiCoordinatorCodes.PublisherUnreachable,
            Refused = CiCoordinatorCodes.BuildOutputRefused,
        };
        return Patience.WaitAsync(
            token => upload.PutAsync(publisher, token),
            CiCoordinatorCodes.PublisherUnreachable,
            options.Value.Output.PublisherPatience,
            time,
            logger,
            cancellation
        );
    }
}
