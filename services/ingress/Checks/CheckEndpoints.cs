using System.Text.Json;
using Canary.Hosting.Discovery;
using Canary.Hosting.Http;
using Canary.Hosting.Security;
using Canary.Ingress.Repositories;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Http.Resilience;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace Canary.Ingress.Checks;

/// <summary>A repository whose metadata is to be checked before anything is built.</summary>
internal sealed record CheckRequest
{
    /// <summary>Name of the application; default: it does not matter.</summary>
    public string? Application { get; init; }

    /// <summary>The repository, as for a release by hand: <c>OWNER/NAME</c>, an address or a path on the server; default: whose
    /// application it is does not matter.</summary>
    public string? Repository { get; init; }

    /// <summary>Texts of its metadata files (<c>canary.yml</c>, <c>fpm.json</c>), by name.</summary>
    public Dictionary<string, string> Metadata { get; init; } = [];

    /// <summary>Paths of all its files.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];
}

/// <summary>What is wrong with it.</summary>
internal sealed record CheckView
{
    /// <summary>The file that was read, or <c>defaults</c>; <c>null</c>: it cannot be read.</summary>
    public string? Source { get; init; }

    /// <summary>Keys of an <c>fpm.json</c> that nothing reads.</summary>
    public IReadOnlyList<string> Ignored { get; init; } = [];

    /// <summary>All that would keep it from becoming a package and shows without a build; none: nothing.</summary>
    public IReadOnlyList<CheckFault> Faults { get; init; } = [];
}

/// <summary>One thing that is wrong.</summary>
internal sealed record CheckFault(string Code, string Message, string Remedy);

/// <summary>Checks metadata: the packager knows the rules, and is asked.</summary>
internal static class CheckEndpoints
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);

    public static void MapChecks(this IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/check", CheckAsync)
            .RequireOperator()
            .WithName("CheckMetadata")
            .WithSummary("Finds what is wrong with a repository's metadata, all at once and before a build.");

    public static IServiceCollection AddChecks(this IServiceCollection services)
    {
        services.AddServiceClient<PackagerClient>("packager");
        services
            .AddOptions<HttpStandardResilienceOptions>($"{nameof(PackagerClient)}-standard")
            .Configure(http =>
            {
                // Somebody waits for it.
                http.AttemptTimeout.Timeout = AnswerLimit;
                http.TotalRequestTimeout.Timeout = 2 * AnswerLimit;
                http.CircuitBreaker.SamplingDuration = 2 * AnswerLimit;
                http.Retry.MaxRetryAttempts = 1;
            });
        return services;
    }

    /// <summary>Adds what a release of the repository would go by.</summary>
    private static PackagerQuestion Complete(CheckRequest request, RepositoryRegistry registry)
    {
        var asked = request.Repository?.Trim();
        var known = asked is null ? null : registry.FindAsked(asked);
        var application =
            request.Application ?? (asked is null ? null : known?.Application ?? ApplicationName.FromAddress(asked));
        return new PackagerQuestion(
            application,
            known?.Name ?? (asked is null ? null : CloneAddress.LocalPathOf(asked) ?? asked),
            application is not null && asked is not null && registry.Gives(application, asked),
            request.Metadata,
            request.Files
        );
    }

    private static async Task<Results<Ok<CheckView>, ProblemHttpResult>> CheckAsync(
        CheckRequest request,
        PackagerClient packager,
        RepositoryRegistry registry,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return TypedResults.Ok(await packager.CheckAsync(Complete(request, registry), cancellationToken));
        }
        catch (Exception e)
            when (e is HttpRequestException or TimeoutRejectedException or BrokenCircuitException or JsonException)
        {
            return Problems.Result(
                StatusCodes.Status503ServiceUnavailable,
                IngressCodes.PackagerUnavailable,
                $"The packager, which knows the rules, does not answer: {e.Message}",
                "See that packager runs, and its address under hosting.services."
            );
        }
    }
}

/// <summary>What the packager is asked.</summary>
internal sealed record PackagerQuestion(
    string? Application,
    string? Repository,
    bool IsApplicationConfigured,
    Dictionary<string, string> Metadata,
    IReadOnlyList<string> Files
);

/// <summary>The packager over HTTP.</summary>
internal sealed class PackagerClient(HttpClient http)
{
    public async Task<CheckView> CheckAsync(PackagerQuestion question, CancellationToken cancellationToken)
    {
        using var answer = await http.PostAsJsonAsync("internal/check", question, cancellationToken);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<CheckView>(cancellationToken))!;
    }
}
