using System.Net;
using System.Net.Http.Headers;
using Canary.Hosting;
using Canary.Packager.Deb;
using Polly;

namespace Canary.Packager.Jobs;

/// <summary>Hands packages to the publisher.</summary>
internal sealed class PackageUploads(HttpClient publisher)
{
    /// <summary>Uploads a package under its SHA-256; one that the publisher holds already stays as it is. Every attempt of
    /// the resilience handler reads the file anew.</summary>
    /// <exception cref="CanaryException">The publisher cannot be reached or refuses the package.</exception>
    public async Task PutAsync(BuiltPackage package, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"internal/packages/{package.Sha256}");
        request.Content = new FileContent(package);
        // Let the publisher say that it holds the package, or why it refuses it, before the bytes are sent.
        request.Headers.ExpectContinue = true;
        try
        {
            using var response = await publisher.SendAsync(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                cancellation
            );
            if (!response.IsSuccessStatusCode)
            {
                throw Refused(response.StatusCode, await response.Content.ReadAsStringAsync(cancellation));
            }
        }
        catch (Exception e) when (e is HttpRequestException or ExecutionRejectedException)
        {
            throw Unreachable(e.Message, e);
        }
    }

    private CanaryException Unreachable(string reason, Exception cause) =>
        new(
            "publisher-unreachable",
            $"The package could not be uploaded to the repository publisher at {publisher.BaseAddress}: {reason.TrimEnd('.')}.",
            $"See that the publisher runs and is reachable from the packager, then {Remedies.ReleaseAgain}.",
            cause
        );

    private static CanaryException Refused(HttpStatusCode status, string answer)
    {
        var problem = ProblemText.Read(answer);
        return new CanaryException(
            problem.Code ?? "upload-refused",
            $"The repository publisher refused the package ({(int)status}): {problem.Detail ?? "it gave no reason"}",
            problem.Remedy ?? $"Look into the publisher's log, then {Remedies.ReleaseAgain}."
        );
    }

    /// <summary>A file that can be sent more than once, with its length.</summary>
    private sealed class FileContent : HttpContent
    {
        private readonly BuiltPackage package;

        public FileContent(BuiltPackage package)
        {
            this.package = package;
            Headers.ContentType = new MediaTypeHeaderValue("application/vnd.debian.binary-package");
            Headers.ContentLength = package.Size;
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(
            Stream stream,
            TransportContext? context,
            CancellationToken cancellationToken
        )
        {
            await using var file = new FileStream(
                package.Path,
                new FileStreamOptions { Options = FileOptions.Asynchronous | FileOptions.SequentialScan }
            );
            await file.CopyToAsync(stream, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = package.Size;
            return true;
        }
    }
}
