using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.Hosting.Http;

/// <summary>What <c>/health/ready</c> answers: each thing that the host depends on, and how it is.</summary>
internal static class Readiness
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static Task WriteAsync(HttpContext context, HealthReport report) =>
        context.Response.WriteAsJsonAsync(
            new Answer(
                Word(report.Status),
                report.Entries.ToDictionary(
                    check => check.Key,
                    check => new Check(Word(check.Value.Status), DetailOf(check.Value))
                )
            ),
            Json,
            context.RequestAborted
        );

    private static string? DetailOf(HealthReportEntry check) =>
        check.Status == HealthStatus.Healthy ? null : check.Description ?? check.Exception?.Message;

    private static string Word(HealthStatus status) => status == HealthStatus.Healthy ? "ready" : "not-ready";

    private sealed record Answer(string Status, IReadOnlyDictionary<string, Check> Checks);

    private sealed record Check(string Status, string? Detail);
}
