using System.Globalization;
using System.Net;
using System.Text.Json;
using Canary.Failures;
using Microsoft.Extensions.Options;

namespace Canary.CiCoordinator.Builds.Jenkins;

/// <summary>
/// Asks Jenkins' remote access API (www.jenkins.io/doc/book/using/remote-access-api): every failure is a <see cref="CanaryException"/>
/// of <see cref="JenkinsErrors"/>. What it is asked is in <see cref="JenkinsBuilds"/>.
/// </summary>
internal sealed class JenkinsClient(IHttpClientFactory clients, IOptions<BuildOptions> options, TimeProvider time)
{
    public const string Name = "jenkins";

    private static readonly JsonSerializerOptions Json = JsonSerializerOptions.Web;

    private readonly JenkinsOptions _options = options.Value.Jenkins;

    /// <summary>Gets a JSON document; <c>null</c> if there is none at this path.</summary>
    public async Task<T?> FindAsync<T>(string path, string what, CancellationToken cancellation)
        where T : class
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_options.BaseAddress, path));
        using var response = await SendAsync(request, cancellation);
        return response.StatusCode == HttpStatusCode.NotFound ? null : await ReadAsync<T>(response, what);
    }

    /// <summary>Tells the version that the Jenkins at the address has, as it says in every answer.</summary>
    public async Task<string> VersionAsync(CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_options.BaseAddress, "api/json?tree=mode"));
        using var response = await SendAsync(request, cancellation);
        return !response.IsSuccessStatusCode ? throw JenkinsErrors.Refused(_options, response, "read anything")
            : response.Headers.TryGetValues("X-Jenkins", out var version) ? JenkinsErrors.Quote(version.First())
            : throw JenkinsErrors.NotJenkins(_options);
    }

    /// <summary>Has something done, once: whoever does not know whether it was done looks. An answer that is no error is the caller's to
    /// judge; Jenkins likes to lead browsers on to another page.</summary>
    public async Task<HttpResponseMessage> PostAsync(
        string path,
        IEnumerable<KeyValuePair<string, string>> form,
        string what,
        CancellationToken cancellation
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_options.BaseAddress, path))
        {
            Content = new FormUrlEncodedContent(form),
        };
        var response = await SendAsync(request, cancellation);
        if ((int)response.StatusCode < 400 || response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
            return response;
        }

        using (response)
        {
            throw JenkinsErrors.Refused(_options, response, what);
        }
    }

    /// <summary>Gets what a log has from a place on; <c>null</c> if there is no log. A piece that is longer than somebody wants to have
    /// is cut off.</summary>
    public async Task<JenkinsLogPiece?> ReadLogAsync(
        string path,
        long start,
        long atMost,
        CancellationToken cancellation
    )
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            new Uri(
                _options.BaseAddress,
                string.Create(CultureInfo.InvariantCulture, $"{path}logText/progressiveText?start={start}")
            )
        );
        using var deadline = new CancellationTokenSource(_options.RequestTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        return await AnswerAsync(
            async () =>
            {
                using var client = clients.CreateClient(Name);
                using var response = await client.SendAsync(
                    request,
                    HttpCompletionOption.ResponseHeadersRead,
                    either.Token
                );
                if (response.StatusCode == HttpStatusCode.NotFound)
                {
                    return null;
                }

                if (!response.IsSuccessStatusCode)
                {
                    throw JenkinsErrors.Refused(_options, response, "read the log of the build");
                }

                // A log may be long: there is a deadline for each part of it.
                var text = await ReadTextAsync(
                    response,
                    atMost,
                    () => deadline.CancelAfter(_options.RequestTimeout),
                    either.Token
                );
                return new JenkinsLogPiece(text, SizeOf(response), HasMore(response));
            },
            cancellation
        );
    }

    private async Task<ReadOnlyMemory<byte>> ReadTextAsync(
        HttpResponseMessage response,
        long atMost,
        Action progress,
        CancellationToken cancellation
    )
    {
        // Kept until it is whole: of a piece that breaks off nobody knows where in Jenkins' file it ended.
        var text = new MemoryStream();
        var part = new byte[32 << 10];
        await using var content = await response.Content.ReadAsStreamAsync(cancellation);
        while (text.Length < atMost && await content.ReadAsync(part, cancellation) is > 0 and var read)
        {
            await text.WriteAsync(part.AsMemory(0, (int)Math.Min(read, atMost - text.Length)), cancellation);
            progress();
        }

        return text.GetBuffer().AsMemory(0, (int)text.Length);
    }

    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation) =>
        AnswerAsync(
            async () =>
            {
                using var deadline = new CancellationTokenSource(_options.RequestTimeout, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
                using var client = clients.CreateClient(Name);
                return await client.SendAsync(request, either.Token);
            },
            cancellation
        );

    private async Task<T> AnswerAsync<T>(Func<Task<T>> ask, CancellationToken cancellation)
    {
        try
        {
            return await ask();
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw JenkinsErrors.NoAnswer(_options, exception);
        }
        catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
        {
            throw JenkinsErrors.Slow(_options, exception);
        }
    }

    private async Task<T> ReadAsync<T>(HttpResponseMessage response, string what)
        where T : class
    {
        if (!response.IsSuccessStatusCode)
        {
            throw JenkinsErrors.Refused(_options, response, what);
        }

        // It is in memory already.
        var body = await response.Content.ReadAsByteArrayAsync(CancellationToken.None);
        try
        {
            return JsonSerializer.Deserialize<T>(body, Json) ?? throw JenkinsErrors.Unreadable(_options);
        }
        catch (JsonException exception)
        {
            throw JenkinsErrors.Unreadable(_options, exception);
        }
    }

    private long SizeOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("X-Text-Size", out var values)
        && long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            ? size
            : throw JenkinsErrors.Unreadable(_options);

    private static bool HasMore(HttpResponseMessage response) =>
        response.Headers.TryGetValues("X-More-Data", out var values) && values.First() == "true";
}
