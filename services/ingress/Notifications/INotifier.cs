namespace Canary.Ingress.Notifications;

/// <summary>Tells people or programs of releases, in the way of one service.</summary>
internal interface INotifier : IDisposable
{
    /// <summary>What becomes of the messages about one release.</summary>
    MessageStyle Style { get; }

    /// <summary>Whether news are for it at all.</summary>
    bool Concerns(News news) => true;

    /// <summary>Delivers news once; it is called again, with the same news or newer ones, when that fails.</summary>
    /// <param name="news">What to tell.</param>
    /// <param name="told">What it returned when it told of the same release before; <c>null</c>: it has not.</param>
    /// <param name="cancellation">The time for it is over.</param>
    /// <returns>What it needs to know when there are newer news of the release.</returns>
    /// <exception cref="DeliveryException">It was not delivered.</exception>
    Task<string?> SendAsync(News news, string? told, CancellationToken cancellation);
}

/// <summary>What becomes of the messages about one release.</summary>
internal enum MessageStyle
{
    /// <summary>There are none.</summary>
    Silent,

    /// <summary>There is one for each thing that is worth it.</summary>
    Posted,

    /// <summary>There is one, which is changed.</summary>
    Updated,

    /// <summary>They are for programs, and each change is worth one.</summary>
    Streamed,
}

/// <summary>A message was not delivered.</summary>
/// <param name="message">Why. Never holds a secret.</param>
/// <param name="remedy">What a person can do about it.</param>
/// <param name="innerException">The cause.</param>
#pragma warning disable CA1064 // It never leaves ingress.
internal sealed class DeliveryException(string message, string remedy, Exception? innerException = null)
#pragma warning restore CA1064
    : Exception(message, innerException)
{
    public string Remedy { get; } = remedy;

    /// <summary>When the service wants to be asked again; <c>null</c>: it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What the notifier needs to know when it goes on; <c>null</c>: what it knew before.</summary>
    public string? Told { get; init; }

    /// <summary>Whether it is about this message, and others may be delivered meanwhile.</summary>
    public bool IsOfMessage { get; init; }
}
