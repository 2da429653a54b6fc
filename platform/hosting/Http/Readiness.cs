using System.Text.Json;
using Canary.Hosting.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.Hosting.Http;

/// <summary>What <c>/health/ready</c> answers: each thing that the host depends on, and how it is; to strangers and the tokens
/// of single applications, whether it is ready.</summary>
internal static class Readiness
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <param name="isOpen">Whether strangers may see all of it.</param>
    public static Func<HttpContext, HealthReport, Task> Writer(bool isOpen) =>
        (context, report) =>
            isOpen || (context.User.Identity?.IsAuthenticated == true && !context.User.IsInRole(Roles.Application))
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
