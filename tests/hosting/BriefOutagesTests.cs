using System.Net.Sockets;
using Canary.Durability.Storage;
using Microsoft.Extensions.Options;
using Npgsql;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace Canary.Hosting.Tests;

public sealed class BriefOutagesTests : ILogEventSink
{
    private readonly List<LogEvent> _written = [];

    [Fact]
    public void A_database_that_is_away_is_logged_in_a_line_with_the_reason()
    {
        var refused = new NpgsqlException("Failed to connect", new SocketException((int)SocketError.ConnectionRefused));

        Write(new InvalidOperationException("The message could not be handled.", refused));

        var written = _written.ShouldHaveSingleItem();
        written.Exception.ShouldBeNull();
        written.Level.ShouldBe(LogEventLevel.Warning);
        written.RenderMessage().ShouldBe("Trying \"the push\" again: Connection refused");
    }

    [Fact]
    public void Everything_else_keeps_its_stack_trace()
    {
        var fault = new InvalidOperationException("A fault of ours.");

        Write(fault);

        _written.ShouldHaveSingleItem().Exception.ShouldBeSameAs(fault);
    }

    void ILogEventSink.Emit(LogEvent logEvent) => _written.Add(logEvent);

    private void Write(Exception exception)
    {
        using var log = new LoggerConfiguration()
            .WriteTo.WithBriefOutages(
                () =>
                    new PostgreSqlStorage(Options.Create(new StorageOptions()), new DatabaseClock(TimeProvider.System)),
                log => log.Sink(this)
            )
            .CreateLogger();
        log.Warning(exception, "Trying {What} again", "the push");
    }
}
