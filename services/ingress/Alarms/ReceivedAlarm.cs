namespace Canary.Ingress.Alarms;

/// <summary>An alarm as its source tells it.</summary>
internal sealed record ReceivedAlarm
{
    /// <summary>Tells it from others of its source, and stays the same from its beginning to its end.</summary>
    public required string Key { get; init; }

    public required bool IsFiring { get; init; }

    /// <summary>When it began to fire, as the source wrote it: another text means that it has begun again.</summary>
    public string? Beginning { get; init; }

    /// <summary>What is wrong, for people.</summary>
    public required string Summary { get; init; }

    /// <summary>What it is about, in the words of its source.</summary>
    public required IReadOnlyDictionary<string, string> Labels { get; init; }
}
