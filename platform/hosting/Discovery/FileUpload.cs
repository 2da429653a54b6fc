using System.Net;
using System.Net.Http.Headers;
using Canary.Failures;
using Polly;

namespace Canary.Hosting.Discovery;

/// <summary>A file that is put to another service under its SHA-256.</summary>
public sealed record FileUpload
{
    /// <summary>What it is, as in <c>package</c>.</summary>
    public required string What { get; init; }

    /// <summary>Where it is here.</summary>
    public required string Path { get; init; }

    /// <summary>Size in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>Address below that of the service.</summary>
    public required string Address { get; init; }

    /// <summary>Its content type.</summary>
    public required string MediaType { get; init; }

    /// <summary>Name of the service, for people.</summary>
    public required string Service { get; init; }

    /// <summary>Code of the failure that says that the service is away.</summary>
    public required string Unreachable { get; init; }

    /// <summary>Code of the failure that says that the service refused it and gave no code of its own.</summary>
    public required string Refused { get; init; }

    /// <summary>Puts it once. One that the service holds already stays as it is there.</summary>
    /// <exception cref="CanaryException">The service is away or refuses it.</exception>
    public async Task PutAsync(HttpClient service, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(service);

        using var request = new HttpRequestMessage(HttpMethod.Put, Address);
        request.Content = new FileContent(this);
        // Let the service say that it holds the file, or why it refuses it, before the bytes are sent.
        request.Headers.ExpectContinue = true;
        try
        {
            using var response = await service.SendAsync(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                cancellation
            );
            if (!response.IsSuccessStatusCode)
            {
                throw FaultOf(
                    service,
                    response.StatusCode,
                    ProblemText.Read(await response.Content.ReadAsStringAsync(cancellation))
                );
            }
        }
        catch (Exception e) when (e is HttpRequestException or ExecutionRejectedException)
        {
            throw Away(service, e.Message, e);
        }
    }

    /// <summary>Whether an answer says nothing but that the service is away.</summary>
    public static bool IsUnavailable(HttpStatusCode status) =>
        status is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    private CanaryException FaultOf(HttpClient service, HttpStatusCode status, ProblemText problem) =>
        IsUnavailable(status)
            ? Away(
                service,
                $"it answered {(int)status}, {problem.Detail ?? "as a proxy does when nothing is behind it"}"
            )
            : new CanaryException(
                problem.Code ?? Refused,
                $"The {Service} refused the {What} ({(int)status}): {problem.Detail ?? "it gave no reason"}",
                problem.Remedy ?? $"Look into its log, then {Remedies.ReleaseAgain}."
            );

    private CanaryException Away(HttpClient service, string reason, Exception? cause = null) =>
        new(
            Unreachable,
            $"The {What} could not be uploaded to the {Service} at {service.BaseAddress}: {reason.TrimEnd('.')}.",
            $"See that the {Service} runs and is reachable from here, then {Remedies.ReleaseAgain}.",
            cause
        );

    /// <summary>A file that can be sent more than once, with its length.</summary>
    private sealed class FileContent : HttpContent
    {
        private readonly FileUpload _file;

        public FileContent(FileUpload file)
        {
            _file = file;
            Headers.ContentType = new MediaTypeHeaderValue(file.MediaType);
            Headers.ContentLength = file.Size;
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
                _file.Path,
                new FileStreamOptions { Options = FileOptions.Asynchronous | FileOptions.SequentialScan }
            );
            await file.CopyToAsync(stream, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _file.Size;
            return true;
        }
    }
}
