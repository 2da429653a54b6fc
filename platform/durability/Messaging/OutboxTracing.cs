using System.Diagnostics;
using Canary.Durability.Storage;

namespace Canary.Durability.Messaging;

/// <summary>What the outbox adds to a trace: the way from the unit of work that stored a message to its delivery.</summary>
internal static class OutboxTracing
{
    /// <summary>Name of the source, which hosts listen to.</summary>
    public const string SourceName = "Canary";

    private static readonly ActivitySource Source = new(SourceName);

    public static Activity? StartDispatch(OutboxMessage row) =>
        Source.StartActivity("outbox dispatch", ActivityKind.Producer, row.TraceParent);
}
