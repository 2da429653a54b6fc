namespace Canary.Testing.Load;

/// <summary>Who asks, where, and what counts as an answer.</summary>
public sealed record LoadSettings
{
    /// <summary>Addresses that all lead to the same pages. Each person begins with one of them, and knows the others.</summary>
    public required IReadOnlyList<Uri> Addresses { get; init; }

    /// <summary>How many people ask, each a question at a time.</summary>
    public int People { get; init; } = 6;

    /// <summary>How long a person reads before the next question.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.Zero;

    /// <summary>Completes the request of a person, who has a number from 0 on.</summary>
    public Action<int, HttpRequestMessage> Prepare { get; init; } = (_, _) => { };

    /// <summary>Says what is wrong with an answer; <c>null</c>: nothing.</summary>
    public Func<Answer, string?> Judge { get; init; } =
        answer => (int)answer.Status is >= 200 and < 300 ? null : answer.Status.ToString();

    /// <summary>Whether a connection to an address that was refused or broke may be made up for at the next one, as browsers do:
    /// because who listens there is known to have been killed since a point in time. Otherwise it is a failure.</summary>
    public Func<Uri, long, bool> MayRepeat { get; init; } = (_, _) => false;
}
