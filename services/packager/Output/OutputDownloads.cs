using System.Buffers;
using System.Security.Cryptography;
using Canary.Contracts.Building;
using Canary.Failures;
using Canary.Hosting.Discovery;
using Microsoft.Extensions.Options;
using Polly;

namespace Canary.Packager.Output;

/// <summary>Fetches what builds made from the repository publisher, which keeps it.</summary>
internal sealed class OutputDownloads(
    HttpClient publisher,
    IOptions<PackagerOptions> options,
    TimeProvider time,
    ILogger<OutputDownloads> logger
)
{
    private const int BufferSize = 128 << 10;

    /// <summary>Fetches an archive, which is what its reference says when this returns. While the publisher is away, it is waited for.</summary>
    /// <exception cref="CanaryException">The publisher stays away, has it no more, or gives something else.</exception>
    public Task FetchAsync(BuildOutput output, string path, CancellationToken cancellation) =>
        Patience.WaitAsync(
            token => TryFetchAsync(output, path, token),
            PackagerCodes.PublisherUnreachable,
            options.Value.PublisherPatience,
            time,
            logger,
            cancellation
        );

    private async Task TryFetchAsync(BuildOutput output, string path, CancellationToken cancellation)
    {
        // Whoever stops in the middle of an answer does not say so.
        using var deadline = new CancellationTokenSource(options.Value.UploadTimeout, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            await TryFetchInTimeAsync(output, path, stop.Token);
        }
        catch (Exception e) when (e is HttpRequestException or ExecutionRejectedException)
        {
            throw Away(e.Message, e);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw Away($"it took longer than {options.Value.UploadTimeout}", e);
        }
    }

    private async Task TryFetchInTimeAsync(BuildOutput output, string path, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            $"internal/outputs/{Uri.EscapeDataString(output.Sha256)}"
        );
        using var response = await publisher.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (!response.IsSuccessStatusCode)
        {
            throw FaultOf(response, ProblemText.Read(await response.Content.ReadAsStringAsync(cancellation)));
        }

        await using var content = await response.Content.ReadAsStreamAsync(cancellation);
        await using var file = new FileStream(
            path,
            FileMode.Create,
            FileAccess.Write,
            FileShare.None,
            bufferSize: 0,
            useAsync: true
        );
        await CopyAsync(output, content, file, cancellation);
    }

    private async Task CopyAsync(BuildOutput output, Stream content, FileStream file, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            var size = 0L;
            while (size <= output.Size && await ReadAsync(content, buffer, cancellation) is > 0 and var read)
            {
                size += read;
                hash.AppendData(buffer, 0, read);
                await file.WriteAsync(buffer.AsMemory(0, read), cancellation);
            }

            var actual = Convert.ToHexStringLower(hash.GetHashAndReset());
            if (size != output.Size || actual != output.Sha256)
            {
                throw OutputArchive.Damaged(
                    $"{size} bytes with the SHA-256 {actual} came, not {output.Size} with {output.Sha256}"
                );
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>What breaks here is the connection; what breaks in writing is the disk.</summary>
    private async Task<int> ReadAsync(Stream content, byte[] buffer, CancellationToken cancellation)
    {
        try
        {
            return await content.ReadAsync(buffer, cancellation);
        }
        catch (IOException e)
        {
            throw Away(e.Message, e);
        }
    }

    private CanaryException FaultOf(HttpResponseMessage response, ProblemText problem) =>
        FileUpload.IsUnavailable(response.StatusCode)
            ? Away($"it answered {(int)response.StatusCode}")
            : new CanaryException(
                problem.Code ?? PackagerCodes.BuildOutputMissing,
                $"The repository publisher does not give out the output of the build ({(int)response.StatusCode}): "
                    + (problem.Detail ?? "it gave no reason"),
                problem.Remedy ?? $"Look into its log, then {Remedies.ReleaseAgain}."
            );

    private CanaryException Away(string reason, Exception? cause = null) =>
        new(
            PackagerCodes.PublisherUnreachable,
            $"The output of the build could not be fetched from the repository publisher at {publisher.BaseAddress}: "
                + $"{reason.TrimEnd('.')}.",
            $"See that the publisher runs and is reachable from the packager, then {Remedies.ReleaseAgain}.",
            cause
        );
}
