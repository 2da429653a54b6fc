using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Canary.Ingress.Tests;

internal static class Answers
{
    /// <summary>Checks that an answer is a problem as every problem of ours is, and returns it.</summary>
    public static async Task<JsonElement> ShouldBeProblemAsync(
        this HttpResponseMessage answer,
        HttpStatusCode status,
        string? code = null
    )
    {
        var text = await answer.Content.ReadAsStringAsync();
        answer.StatusCode.ShouldBe(status, text);
        answer.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json");
        var problem = JsonSerializer.Deserialize<JsonElement>(text);
        problem.GetProperty("detail").GetString().ShouldNotBeNullOrWhiteSpace();
        problem.GetProperty("remedy").GetString().ShouldNotBeNullOrWhiteSpace();
        if (code is not null)
        {
            problem.GetProperty("code").GetString().ShouldBe(code);
        }

        return problem;
    }

    public static async Task<JsonElement> ShouldBeAsync(this HttpResponseMessage answer, HttpStatusCode status)
    {
        answer.StatusCode.ShouldBe(status, await answer.Content.ReadAsStringAsync());
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    public static string Text(this JsonElement element, string property) => element.GetProperty(property).GetString()!;
}
