namespace Canary.GitHub;

/// <summary>Reads each answer to its end, within bounds and within the time that the request has: the client library would wait for
/// the rest of it for ever.</summary>
internal sealed class WholeAnswers : DelegatingHandler
{
    private const int Largest = 16 << 20;

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        var response = await base.SendAsync(request, cancellationToken);
        try
        {
            await response.Content.LoadIntoBufferAsync(Largest, cancellationToken);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }
}
