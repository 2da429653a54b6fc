using System.Net;
using System.Text.Json.Nodes;

namespace Canary.EndToEnd.Tests.Fixtures;

/// <summary>What a bad request is answered with, and what the CLI says about a bad release.</summary>
internal static class Answers
{
    /// <summary>Asserts a problem (RFC 9457) that names its cause and what to do.</summary>
    public static async Task ShouldBeProblemAsync(
        this HttpResponseMessage answer,
        HttpStatusCode status,
        string code,
        params string[] words
    )
    {
        var text = await answer.Content.ReadAsStringAsync();
        answer.StatusCode.ShouldBe(status, text);
        answer.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json");
        var problem = JsonNode.Parse(text)!;
        ((string?)problem["title"]).ShouldNotBeNullOrWhiteSpace();
        ((string?)problem["code"]).ShouldBe(code);
        ((string?)problem["remedy"]).ShouldNotBeNullOrWhiteSpace();
        foreach (var word in words)
        {
            ((string?)problem["detail"]).ShouldNotBeNull().ShouldContain(word);
        }
    }

    /// <summary>Asserts that <c>releases watch</c> and <c>releases show --json</c> name code, cause and remedy, and that
    /// the exit code of the one that follows says how the release ended.</summary>
    public static async Task ShouldBeToldByTheCliAsync(this CanaryServer server, ReleaseView release)
    {
        var failure = release.Failure.ShouldNotBeNull();
        var watch = server.CanaryAsync("releases", "watch", release.Id);
        var json = server.CanaryAsync("releases", "show", release.Id, "--json");
        await Task.WhenAll(watch, json);

        (await watch).ExitCode.ShouldBe(1, (await watch).Text);
        (await watch).Output.ShouldContain($"{failure.Code}: {failure.Message}");
        (await watch).Output.ShouldContain($"remedy: {failure.Remedy}");

        (await json).ExitCode.ShouldBe(0, (await json).Text);
        var told = JsonNode.Parse((await json).Output)!["failure"]!;
        ((string?)told["code"]).ShouldBe(failure.Code);
        ((string?)told["message"]).ShouldBe(failure.Message);
        ((string?)told["remedy"]).ShouldBe(failure.Remedy);
    }

    /// <summary>Asserts that nothing of what has ended is left, once it has had the time to go.</summary>
    public static async Task ShouldHaveLeftNothingAsync(this CanaryServer server) =>
        await Testing.Eventually.PassesAsync(() => server.LeftBehind().ShouldBeEmpty());
}
