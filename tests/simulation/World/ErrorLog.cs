using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Canary.Simulation.Tests.World;

/// <summary>Keeps what is logged as an error: something that nobody expects, such as a message that no try could handle.</summary>
internal sealed class ErrorLog : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _messages = [];

    public IReadOnlyCollection<string> Messages => _messages;

    public ILogger CreateLogger(string categoryName) => new Category(categoryName, _messages);

    public void Dispose() { }

    private sealed class Category(string name, ConcurrentQueue<string> messages) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            var text = formatter(state, exception);
            // What could not be sent stays in the outbox, and is sent again. Of two who save the same, whoever was second starts over;
            // what no try brings to its end is an error of its own.
            if (
                IsEnabled(logLevel)
                && !text.StartsWith("S-FAULT", StringComparison.Ordinal)
                && !name.StartsWith("Microsoft.EntityFrameworkCore.", StringComparison.Ordinal)
            )
            {
                messages.Enqueue($"{name} logs an error: {text} {exception}");
            }
        }
    }
}
