using System.Globalization;
using System.Text.Json;
using Canary.Contracts.Packaging;
using Canary.Hosting.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Canary.Ingress.AptRepository;

/// <summary>The repository publisher over HTTP.</summary>
internal sealed class PublisherClient(HttpClient http)
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(25);

    /// <summary>It reads everything that was ever published.</summary>
    private static readonly TimeSpan VerificationLimit = TimeSpan.FromHours(2);

    /// <summary>A package may be large, and the way long.</summary>
    private static readonly TimeSpan FileLimit = TimeSpan.FromHours(1);

    public Task<Answer<PackageList>> ListAsync(string? suite, CancellationToken cancellationToken) =>
        AskAsync<PackageList>(
            HttpMethod.Get,
            suite is null ? "packages" : $"packages{QueryString.Create("suite", suite)}",
            AnswerLimit,
            cancellationToken
        );

    public Task<Answer<PackageDetails>> ShowAsync(string name, string? version, CancellationToken cancellationToken) =>
        AskAsync<PackageDetails>(
            HttpMethod.Get,
            $"packages/{Uri.EscapeDataString(name)}"
                + (version is null ? "" : $"{QueryString.Create("version", version)}"),
            AnswerLimit,
            cancellationToken
        );

    public Task<Answer<PackageOrigin>> FindAsync(string sha256, CancellationToken cancellationToken) =>
        AskAsync<PackageOrigin>(
            HttpMethod.Get,
            $"files/{Uri.EscapeDataString(sha256)}",
            AnswerLimit,
            cancellationToken
        );

    /// <summary>Passes a package on as it comes, and asks what it is and whether the application may publish it.</summary>
    public async Task<Answer<PackageReference>> UploadAsync(
        string application,
        string sha256,
        Stream content,
        long? length,
        CancellationToken cancellationToken
    )
    {
        using var body = new StreamContent(content);
        body.Headers.ContentLength = length;
        var sent = await SendAsync(
            HttpMethod.Put,
            $"internal/packages/{sha256}",
            body,
            FileLimit,
            (_, _) => Task.FromResult(sha256),
            cancellationToken
        );
        return sent.Problem is { } problem
            ? new(null, problem)
            : await SendAsync(
                HttpMethod.Get,
                $"internal/packages/{sha256}{QueryString.Create("application", application)}",
                body: null,
                AnswerLimit,
                async (answer, limit) => (await answer.Content.ReadFromJsonAsync<PackageReference>(limit))!,
                cancellationToken
            );
    }

    public Task<Answer<RepositoryVerification>> VerifyAsync(bool isQuick, CancellationToken cancellationToken) =>
        AskAsync<RepositoryVerification>(
            HttpMethod.Post,
            $"verification?quick={(isQuick ? "true" : "false")}",
            VerificationLimit,
            cancellationToken
        );

    public Task<Answer<UnneededFiles>> FindUnneededAsync(CancellationToken cancellationToken) =>
        AskAsync<UnneededFiles>(HttpMethod.Get, "garbage", AnswerLimit, cancellationToken);

    public Task<Answer<UnneededFiles>> RemoveUnneededAsync(CancellationToken cancellationToken) =>
        AskAsync<UnneededFiles>(HttpMethod.Delete, "garbage", AnswerLimit, cancellationToken);

    public Task<Answer<SigningKeyList>> KeysAsync(CancellationToken cancellationToken) =>
        AskAsync<SigningKeyList>(HttpMethod.Get, "keys", AnswerLimit, cancellationToken);

    public Task<Answer<SigningKeyList>> RotateAsync(CancellationToken cancellationToken) =>
        AskAsync<SigningKeyList>(HttpMethod.Post, "keys/rotation", AnswerLimit, cancellationToken);

    public Task<Answer<SigningKeyList>> RetireAsync(bool early, CancellationToken cancellationToken) =>
        AskAsync<SigningKeyList>(
            HttpMethod.Delete,
            $"keys/rotation?early={(early ? "true" : "false")}",
            AnswerLimit,
            cancellationToken
        );

    public Task<Answer<ImportPlan>> PlanImportAsync(ImportQuestion question, CancellationToken cancellationToken) =>
        AskAsync<ImportPlan>(
            HttpMethod.Post,
            "imports/plan",
            FileLimit,
            cancellationToken,
            JsonContent.Create(question)
        );

    public Task<Answer<PlannedFile>> ImportAsync(
        ForeignFile file,
        HttpRequest from,
        CancellationToken cancellationToken
    )
    {
        var content = new StreamContent(from.Body);
        content.Headers.ContentLength = from.ContentLength;
        var query = QueryString
            .Create(nameof(file.Package), file.Package)
            .Add(nameof(file.Version), file.Version)
            .Add(nameof(file.Architecture), file.Architecture)
            .Add(nameof(file.Size), file.Size.ToString(CultureInfo.InvariantCulture))
            .Add(nameof(file.Application), file.Application);
        return AskAsync<PlannedFile>(
            HttpMethod.Put,
            $"imports/files/{Uri.EscapeDataString(file.Sha256)}{query}",
            FileLimit,
            cancellationToken,
            content
        );
    }

    public Task<Answer<ListingAnswer>> ListImportedAsync(
        ListingQuestion question,
        CancellationToken cancellationToken
    ) =>
        AskAsync<ListingAnswer>(
            HttpMethod.Post,
            "imports/listings",
            FileLimit,
            cancellationToken,
            JsonContent.Create(question)
        );

    private Task<Answer<T>> AskAsync<T>(
        HttpMethod method,
        string path,
        TimeSpan longest,
        CancellationToken cancellationToken,
        HttpContent? content = null
    )
        where T : class =>
        SendAsync(
            method,
            $"internal/repository/{path}",
            content,
            longest,
            async (answer, limit) => (await answer.Content.ReadFromJsonAsync<T>(limit))!,
            cancellationToken
        );

    private async Task<Answer<T>> SendAsync<T>(
        HttpMethod method,
        string address,
        HttpContent? body,
        TimeSpan longest,
        Func<HttpResponseMessage, CancellationToken, Task<T>> read,
        CancellationToken cancellationToken
    )
        where T : class
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(longest);
        try
        {
            using var request = new HttpRequestMessage(method, address) { Content = body };
            // Who refuses it need not be sent all of it first.
            request.Headers.ExpectContinue = body is not null;
            using var answer = await http.SendAsync(request, limit.Token);
            return answer.IsSuccessStatusCode
                ? new(await read(answer, limit.Token), null)
                : new(null, await RefusalAsync(answer, limit.Token));
        }
        catch (Exception e) when (e is HttpRequestException or JsonException)
        {
            return new(null, Unavailable(e.Message));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(null, Unavailable($"no answer within {longest}."));
        }
    }

    private static async Task<ProblemHttpResult> RefusalAsync(
        HttpResponseMessage answer,
        CancellationToken cancellationToken
    )
    {
        var said =
            answer.Content.Headers.ContentType?.MediaType == "application/problem+json"
                ? await answer.Content.ReadFromJsonAsync<Refusal>(cancellationToken)
                : null;
        return said is { Code: { } code, Detail: { } detail, Remedy: { } remedy }
            ? Problems.Result((int)answer.StatusCode, code, detail, remedy)
            : Unavailable($"{(int)answer.StatusCode} {answer.ReasonPhrase}");
    }

    private static ProblemHttpResult Unavailable(string reason) =>
        Problems.Result(
            StatusCodes.Status503ServiceUnavailable,
            IngressCodes.PublisherUnavailable,
            $"The repository publisher, which has the package repository, does not answer: {reason}",
            "See that repository-publisher runs, and its address under hosting.services."
        );

    private sealed record Refusal(string? Code, string? Detail, string? Remedy);
}

/// <summary>What the publisher has answered, or why it has not.</summary>
internal readonly record struct Answer<T>(T? Value, ProblemHttpResult? Problem)
    where T : class
{
    public Results<Ok<T>, ProblemHttpResult> ToResult() => Value is null ? Problem! : TypedResults.Ok(Value);
}
