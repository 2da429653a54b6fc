namespace Canary.Ingress.Notifications;

/// <summary>Notes what channels are to be told of, in the commit that records it: it is told exactly if it is so.</summary>
internal sealed class NotificationRequests(IngressStore store, Channels channels, TimeProvider time)
{
    /// <summary>Adds to what the store saves next that a release has changed.</summary>
    public async Task AddAsync(Guid release, string application, CancellationToken cancellation)
    {
        foreach (var channel in channels.All.Where(channel => channel.IsToldOf(application)))
        {
            var row = await store.Notifications.FindAsync([channel.Name, release], cancellation);
            if (row is null)
            {
                row = new NotificationRow { Channel = channel.Name, ReleaseId = release };
                store.Notifications.Add(row);
            }

            row.Version++;
            row.WaitingSince ??= time.GetUtcNow();
        }
    }
}
