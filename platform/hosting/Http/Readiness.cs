using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.Hosting.Http;

/// <summary>What <c>/health/ready</c> answers: each thing that the host depends on, and how it is; to others than
/// those who may see all of it, whether it is ready.</summary>
internal static class Readiness
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <param name="maySee">Whether somebody may see all of it.</param>
    public static Func<HttpContext, HealthReport, Task> Writer(Func<ClaimsPrincipal, bool> maySee) =>
        (context, report) =>
            maySee(context.User)
                ? WriteAsync(context, new Answer(Word(report.Status), ChecksOf(report)))
                : WriteAsync(context, new SlimAnswer(Word(report.Status)));

    private static Task WriteAsync<T>(HttpContext context, T answer) =>
        context.Response.WriteAsJsonAsync(answer, Json, context.RequestAborted);

    private static Dictionary<string, Check> ChecksOf(HealthReport report) =>
        report.Entries.ToDictionary(
            check => check.Key,
            check => new Check(Word(check.Value.Status), DetailOf(check.Value))
        );

    private static string? DetailOf(HealthReportEntry check) =>
        check.Status == HealthStatus.Healthy ? null : check.Description ?? check.Exception?.Message;

    private static string Word(HealthStatus status) => status == HealthStatus.Healthy ? "ready" : "not-ready";

    private sealed record Answer(string Status, IReadOnlyDictionary<string, Check> Checks);

    private sealed record SlimAnswer(string Status);

    private sealed record Check(string Status, string? Detail);
}
