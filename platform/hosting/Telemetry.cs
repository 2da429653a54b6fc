using System.Collections;
using System.Globalization;
using Canary.Durability;
using Canary.Durability.Messaging;
using Canary.Durability.Storage;
using Canary.Hosting.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Serilog;
using Serilog.Events;

namespace Canary.Hosting;

/// <summary>Logs for people on standard output; traces by OTLP when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set; metrics for
/// Prometheus under <c>/metrics</c>.</summary>
internal static class Telemetry
{
    /// <summary>Series of one metric. The memory for all that there may be is taken at once; 2,000 of each, the default, would
    /// be an eighth of what a service holds at rest.</summary>
    private static readonly MetricStreamConfiguration Series = new() { CardinalityLimit = 300 };

    /// <summary>The variables that the OpenTelemetry specification defines, under their own names.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> StandardVariables() =>
        Environment
            .GetEnvironmentVariables()
            .Cast<DictionaryEntry>()
            .Where(variable => ((string)variable.Key).StartsWith("OTEL_", StringComparison.Ordinal))
            .Select(variable => KeyValuePair.Create((string)variable.Key, (string?)variable.Value));

    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        builder.Services.AddSerilog(
            (services, logging) =>
                logging
                    .MinimumLevel.Information()
                    .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
                    // What fails there throws as well, and is tried again or logged by whoever asked for it.
                    .MinimumLevel.Override("Microsoft.EntityFrameworkCore", LogEventLevel.Fatal)
                    .MinimumLevel.Override("Polly", LogEventLevel.Fatal)
                    // The answer to the check says the same.
                    .MinimumLevel.Override("Microsoft.Extensions.Diagnostics.HealthChecks", LogEventLevel.Fatal)
                    .MinimumLevel.Override("System.Net.Http.HttpClient", LogEventLevel.Warning)
                    .MinimumLevel.Override("MassTransit", LogEventLevel.Warning)
                    // Whoever asks without a token would write a line each time.
                    .MinimumLevel.Override(typeof(TokenAuthentication).FullName!, LogEventLevel.Warning)
                    // What a client does to its own connection: one that resets its streams would write a fatal line for each of them.
                    .MinimumLevel.Override("Microsoft.AspNetCore.Server.Kestrel.Connections", LevelAlias.Off)
                    .MinimumLevel.Override("Microsoft.AspNetCore.Server.Kestrel.Http2", LevelAlias.Off)
                    .Filter.ByExcluding(IsInTheDaysWork)
                    .Enrich.FromLogContext()
                    .WriteTo.WithBriefOutages(
                        services.GetRequiredService<IStorage>,
                        log =>
                            log.Console(
                                outputTemplate: "{Timestamp:yyyy-MM-ddTHH:mm:ss.fffZ} {Level:u3} {SourceContext} {Message:lj}{NewLine}{Exception}",
                                formatProvider: CultureInfo.InvariantCulture
                            )
                    ),
            // The static one belongs to the process: whichever host ends first would silence the others.
            preserveStaticLogger: true
        );

        var telemetry = builder.Services.AddOpenTelemetry();
        telemetry.WithMetrics(metrics =>
            metrics
                .AddMeter(DurabilityMeters.MeterName, "MassTransit")
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation()
                .AddView(_ => Series)
                .AddPrometheusExporter()
        );
        if (!string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            telemetry.WithTracing(tracing =>
                tracing
                    .AddSource(OutboxTracing.SourceName, "MassTransit")
                    .AddAspNetCoreInstrumentation()
                    .AddHttpClientInstrumentation()
                    .AddOtlpExporter()
            );
        }
    }

    /// <summary>Whether the bus logs what is no news: a message that could not be sent, which the outbox keeps and says once for
    /// all; two messages that met because they change the same, so that one starts over; or that the host did not start.</summary>
    public static bool IsInTheDaysWork(LogEvent it) =>
        it.MessageTemplate.Text.StartsWith("S-FAULT", StringComparison.Ordinal)
        // Whoever starts the host tells it: see StartFaults.
        || it.MessageTemplate.Text.StartsWith("Hosting failed to start", StringComparison.Ordinal)
        || (
            it.MessageTemplate.Text.StartsWith("Failed to stop bus", StringComparison.Ordinal)
            && it.RenderMessage(CultureInfo.InvariantCulture).Contains("Not Started", StringComparison.Ordinal)
        )
        || (
            it.Exception is DbUpdateException && it.MessageTemplate.Text.StartsWith("R-RETRY", StringComparison.Ordinal)
        );
}
