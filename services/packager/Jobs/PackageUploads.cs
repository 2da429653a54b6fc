using System.Net;
using System.Net.Http.Headers;
using Canary.Failures;
using Canary.Packager.Deb;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Retry;

namespace Canary.Packager.Jobs;

/// <summary>Hands packages to the publisher.</summary>
internal sealed class PackageUploads(
    HttpClient publisher,
    IOptions<PackagerOptions> options,
    TimeProvider time,
    ILogger<PackageUploads> logger
)
{
    private const string Unreachable = PackagerCodes.PublisherUnreachable;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    /// <summary>Uploads a package under its SHA-256; one that the publisher holds already stays as it is. While the publisher is
    /// away, which is no fault of the package, it is waited for.</summary>
    /// <exception cref="CanaryException">The publisher stays away or refuses the package.</exception>
    public async Task PutAsync(BuiltPackage package, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var patiently = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(
                new RetryStrategyOptions
                {
                    ShouldHandle = args =>
                        ValueTask.FromResult(
                            args.Outcome.Exception is CanaryException { Code: Unreachable }
                                && time.GetElapsedTime(started) < options.Value.PublisherPatience
                        ),
                    BackoffType = DelayBackoffType.Exponential,
                    Delay = FirstPause,
                    MaxDelay = LongestPause,
                    MaxRetryAttempts = int.MaxValue,
                    OnRetry = args =>
                    {
                        logger.LogWarning(
                            "{Reason} Trying again in {Pause}",
                            args.Outcome.Exception?.Message,
                            args.RetryDelay
                        );
                        return ValueTask.CompletedTask;
                    },
                }
            )
            .Build();
        await patiently.ExecuteAsync(async token => await TryPutAsync(package, token), cancellation);
    }

    /// <summary>Every attempt of the resilience handler reads the file anew.</summary>
    private async Task TryPutAsync(BuiltPackage package, CancellationToken cancellation)
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
                throw FaultOf(
                    response.StatusCode,
                    ProblemText.Read(await response.Content.ReadAsStringAsync(cancellation))
                );
            }
        }
        catch (Exception e) when (e is HttpRequestException or ExecutionRejectedException)
        {
            throw Away(e.Message, e);
        }
    }

    private CanaryException FaultOf(HttpStatusCode status, ProblemText problem) =>
        IsUnavailable(status)
            ? Away($"it answered {(int)status}, {problem.Detail ?? "as a proxy does when nothing is behind it"}")
            : new CanaryException(
                problem.Code ?? PackagerCodes.UploadRefused,
                $"The repository publisher refused the package ({(int)status}): {problem.Detail ?? "it gave no reason"}",
                problem.Remedy ?? $"Look into the publisher's log, then {Remedies.ReleaseAgain}."
            );

    private static bool IsUnavailable(HttpStatusCode status) =>
        status is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    private CanaryException Away(string reason, Exception? cause = null) =>
        new(
            Unreachable,
            $"The package could not be uploaded to the repository publisher at {publisher.BaseAddress}: {reason.TrimEnd('.')}.",
            $"See that the publisher runs and is reachable from the packager, then {Remedies.ReleaseAgain}.",
            cause
        );

    /// <summary>A file that can be sent more than once, with its length.</summary>
    private sealed class FileContent : HttpContent
    {
        private readonly BuiltPackage _package;

        public FileContent(BuiltPackage package)
        {
            _package = package;
            Headers.ContentType = new MediaTypeHeaderValue("application/vnd.debian.binary-package");
            Headers.ContentLength = _package.Size;
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
                _package.Path,
                new FileStreamOptions { Options = FileOptions.Asynchronous | FileOptions.SequentialScan }
            );
            await file.CopyToAsync(stream, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _package.Size;
            return true;
        }
    }
}
