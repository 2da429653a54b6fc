using Canary.Durability.Storage;
using Serilog;
using Serilog.Configuration;
using Serilog.Core;
using Serilog.Events;
using Serilog.Parsing;

namespace Canary.Hosting;

/// <summary>Logs that the database is away in a line, without a stack trace: every part of a service and every message says so
/// again and again until it is back.</summary>
internal sealed class BriefOutages(ILogEventSink log, Func<IStorage> storage) : ILogEventSink, IDisposable
{
    private const string Reason = "Reason";

    private static readonly MessageTemplateParser Templates = new();

    public void Emit(LogEvent logEvent) =>
        log.Emit(logEvent.Exception is { } it && storage().IsUnavailable(it) ? InALine(logEvent, it) : logEvent);

    public void Dispose() => (log as IDisposable)?.Dispose();

    private static LogEvent InALine(LogEvent logEvent, Exception exception) =>
        new(
            logEvent.Timestamp,
            logEvent.Level,
            exception: null,
            Templates.Parse($"{logEvent.MessageTemplate.Text}: {{{Reason}:l}}"),
            [
                .. logEvent.Properties.Select(property => new LogEventProperty(property.Key, property.Value)),
                new LogEventProperty(
                    Reason,
                    new ScalarValue(exception.GetBaseException().Message.ReplaceLineEndings(" "))
                ),
            ],
            logEvent.TraceId ?? default,
            logEvent.SpanId ?? default
        );
}

internal static class BriefOutagesExtensions
{
    /// <summary>Writes to a sink in which outages are brief.</summary>
    public static LoggerConfiguration WithBriefOutages(
        this LoggerSinkConfiguration writeTo,
        Func<IStorage> storage,
        Action<LoggerSinkConfiguration> sink
    ) => writeTo.Sink(LoggerSinkConfiguration.Wrap(log => new BriefOutages(log, storage), sink));
}
