using Canary.Failures;
using Canary.Hosting.Discovery;
using Canary.Packager.Deb;
using Microsoft.Extensions.Options;

namespace Canary.Packager.Jobs;

/// <summary>Hands packages to the publisher.</summary>
internal sealed class PackageUploads(
    HttpClient publisher,
    IOptions<PackagerOptions> options,
    TimeProvider time,
    ILogger<PackageUploads> logger
)
{
    /// <summary>Uploads a package under its SHA-256; one that the publisher holds already stays as it is. While the publisher is
    /// away, which is no fault of the package, it is waited for.</summary>
    /// <exception cref="CanaryException">The publisher stays away or refuses the package.</exception>
    public Task PutAsync(BuiltPackage package, CancellationToken cancellation)
    {
        var upload = new FileUpload
        {
            What = "package",
            Path = package.Path,
            Size = package.Size,
            Address = $"internal/packages/{package.Sha256}",
            MediaType = "application/vnd.debian.binary-package",
            Service = "repository publisher",
            Unreachable = PackagerCodes.PublisherUnreachable,
            Refused = PackagerCodes.UploadRefused,
        };
        return Patience.WaitAsync(
            token => upload.PutAsync(publisher, token),
            PackagerCodes.PublisherUnreachable,
            options.Value.PublisherPatience,
            time,
            logger,
            cancellation
        );
    }
}
