using Canary.Testing;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace Canary.Hosting.Tests;

/// <summary>The templates are those of MassTransit 8.5.</summary>
public sealed class TelemetryTests : ILogEventSink
{
    private const string Retry = "R-RETRY {InputAddress} {MessageId} {MessageType}";
    private const string SendFault = "S-FAULT {DestinationAddress} {MessageId} {MessageType}";

    private readonly List<LogEvent> _written = [];

    [Fact]
    public void Two_messages_that_meet_are_all_in_the_days_work() =>
        Write(new DbUpdateConcurrencyException(), Retry).ShouldBeFalse();

    [Fact]
    public void A_message_that_the_outbox_keeps_is_all_in_the_days_work() =>
        Write(new IOException("Broken pipe"), SendFault).ShouldBeFalse();

    [Fact]
    public void Any_other_retry_is_logged() =>
        Write(new InvalidOperationException("A fault of ours."), Retry).ShouldBeTrue();

    [Fact]
    public void A_conflict_that_nobody_tries_again_is_logged() =>
        Write(new DbUpdateConcurrencyException(), "The release could not be stored").ShouldBeTrue();

    [Fact]
    public async Task The_use_of_the_bus_is_reported_to_nobody()
    {
        await using var host = await TestHost.StartAsync(_ => { });

        host.Services.GetRequiredService<IOptions<UsageTelemetryOptions>>().Value.Enabled.ShouldBeFalse();
    }

    [Theory]
    [InlineData("canary_outbox_messages")]
    [InlineData("canary_outbox_age_seconds")]
    [InlineData("canary_jobs_waiting")]
    [InlineData("canary_jobs_age_seconds")]
    public async Task What_waits_in_a_store_is_measured(string metric)
    {
        await using var host = await TestHost.StartAsync(_ => { });
        using var http = new HttpClient { BaseAddress = host.Address };

        await Eventually.TrueAsync(
            async () =>
                (await http.GetStringAsync("metrics"))
                    .Split('\n')
                    .Any(line =>
                        line.StartsWith(metric + "{", StringComparison.Ordinal) && line.Contains("service=\"parcels\"")
                    ),
            what: $"{metric} is there"
        );
    }

    [Theory]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel.Http2", false)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel.Connections", false)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", true)]
    public async Task What_a_client_does_to_its_connection_is_not_logged(string category, bool isLogged)
    {
        await using var host = await TestHost.StartAsync(_ => { });

        var logger = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger(category);

        logger.IsEnabled(LogLevel.Critical).ShouldBe(isLogged);
    }

    void ILogEventSink.Emit(LogEvent logEvent) => _written.Add(logEvent);

    private bool Write(Exception exception, string template)
    {
        using var log = new LoggerConfiguration()
            .Filter.ByExcluding(Telemetry.IsInTheDaysWork)
            .WriteTo.Sink(this)
            .CreateLogger();
#pragma warning disable CA2254, Serilog004 // The templates of another library.
        log.Warning(exception, template);
#pragma warning restore CA2254, Serilog004
        return _written.Count > 0;
    }
}
