using Canary.Ingress.Releases;

namespace Canary.Ingress.Notifications;

/// <summary>What a channel is told: how a release is now, or that somebody tries the channel.</summary>
internal sealed record News
{
    /// <summary>What it is about, in letters, digits and hyphens: the same for all news of a release.</summary>
    public required string Thread { get; init; }

    /// <summary>Which news of it they are, in letters, digits and dots: the same when they are told again.</summary>
    public required string Id { get; init; }

    public required Message Message { get; init; }

    /// <summary>When it was recorded, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The release as it was read; <c>null</c>: it is about none.</summary>
    public Snapshot? Release { get; init; }

    /// <param name="release">The release as it was read.</param>
    /// <param name="address">Where the pages of this server are; <c>null</c>: nobody says so.</param>
    public static News Of(Snapshot release, Uri? address)
    {
        var (row, id) = (release.Release, release.EventId);
        return new News
        {
            Thread = row.Key,
            Id = $"{id.Release}.{id.Rollout}",
            Message = ReleaseMessage.Of(release.View, address),
            Time = row.ChangedAt,
            Release = release,
        };
    }

    /// <summary>What is told when somebody tries a channel.</summary>
    public static News Test(string channel, DateTimeOffset now) =>
        new()
        {
            Thread = $"test-{Guid.NewGuid():N}",
            Id = "1",
            Time = now,
            Message = new Message
            {
                Subject = $"Test of the channel {channel}",
                Headline = $"Test of the channel {channel}",
                Summary = "Canary can reach you here. Nothing happened, and there is nothing to do.",
                Importance = Importance.Problem,
            },
        };
}
