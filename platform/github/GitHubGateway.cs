namespace Canary.GitHub;

/// <summary>Sees every request of one identity: it goes to the API and nowhere else, and only while GitHub wants to be asked.</summary>
internal sealed class GitHubGateway(GitHubAddress address, GitHubClock clock, RequestLimits limits) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        if (!address.IsApi(request.RequestUri!))
        {
            throw GitHubErrors.LedElsewhere(request.RequestUri!);
        }

        EnsureAllowed();
        var response = await base.SendAsync(request, cancellationToken);
        if (response.Headers.Date is { } date)
        {
            clock.Learn(date);
        }

        if (limits.Learn(response))
        {
            response.Dispose();
            EnsureAllowed();
        }

        return response;
    }

    private void EnsureAllowed()
    {
        if (limits.Left is { Ticks: > 0 } left)
        {
            throw GitHubErrors.Limited(left);
        }
    }
}
