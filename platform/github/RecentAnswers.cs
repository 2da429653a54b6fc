using System.Text;
using Microsoft.Extensions.Caching.Memory;
using Octokit.Caching;
using Octokit.Internal;

namespace Canary.GitHub;

/// <summary>Answers of one identity that GitHub need not send again while they hold: with their ETag a question costs none of the
/// requests that there are in an hour (docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api).</summary>
internal sealed class RecentAnswers : IResponseCache, IDisposable
{
    private const long MostCharacters = 4 << 20;

    private readonly MemoryCache _answers = new(new MemoryCacheOptions { SizeLimit = MostCharacters });

    public Task<CachedResponse.V1> GetAsync(IRequest request) =>
        Task.FromResult(_answers.Get<CachedResponse.V1>(KeyOf(request))!);

    public Task SetAsync(IRequest request, CachedResponse.V1 cachedResponse)
    {
        if (cachedResponse is { Body: string body, ApiInfo.Etag.Length: > 0 })
        {
            _answers.Set(KeyOf(request), cachedResponse, new MemoryCacheEntryOptions { Size = body.Length + 1 });
        }

        return Task.CompletedTask;
    }

    public void Dispose() => _answers.Dispose();

    private static string KeyOf(IRequest request)
    {
        var key = new StringBuilder(request.Endpoint.ToString());
        foreach (var (name, value) in request.Parameters.OrderBy(it => it.Key, StringComparer.Ordinal))
        {
            key.Append('\n').Append(name).Append('=').Append(value);
        }

        return key.Append('\n').Append(request.Headers.TryGetValue("Accept", out var accept) ? accept : "").ToString();
    }
}
