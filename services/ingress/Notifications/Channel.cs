using System.IO.Enumeration;
using Canary.Durability.Storage;
using Canary.Ingress.Notifications.GitHub;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Notifications;

/// <summary>A channel that is configured.</summary>
internal sealed class Channel(ChannelOptions options, NotifierKind kind, TimeProvider time) : IDisposable
{
    public string Name => options.Name;

    public string Kind => kind.Name;

    public IReadOnlyList<string> Applications => options.Applications;

    public NotificationEvents Events => options.Events ?? kind.ByDefault;

    public INotifier Notifier { get; } = kind.Create(options, time);

    /// <summary>Set when there may be something to tell.</summary>
    public Signal Signal { get; } = new(time);

    /// <summary>Why it cannot work, as far as this machine knows; <c>null</c>: nothing is wrong here.</summary>
    public string? Fault => options.SecretFiles.Select(SecretText.FaultOf).FirstOrDefault(fault => fault is not null);

    public bool IsToldOf(string application) =>
        options.Applications.Count == 0
        || options.Applications.Exists(pattern =>
            FileSystemName.MatchesSimpleExpression(pattern, application, ignoreCase: false)
        );

    /// <summary>Both are in one order.</summary>
    public bool IsToldOf(Importance importance) => (int)importance >= (int)Events;

    public void Dispose()
    {
        Notifier.Dispose();
        Signal.Dispose();
    }
}

/// <summary>The channels of the configuration.</summary>
internal sealed class Channels(IOptions<NotificationOptions> options, GitHubReports github, TimeProvider time)
    : IDisposable
{
    public IReadOnlyList<Channel> All { get; } =
    [
        .. options.Value.Channels.Select(channel => new Channel(channel, NotifierKinds.Find(channel.Kind)!, time)),
        .. new[] { github.CreateChannel() }.OfType<Channel>(),
    ];

    public Channel? Find(string name) => All.FirstOrDefault(channel => channel.Name == name);

    /// <summary>Called after a commit.</summary>
    public void Wake()
    {
        foreach (var channel in All)
        {
            channel.Signal.Set();
        }
    }

    public void Dispose()
    {
        foreach (var channel in All)
        {
            channel.Dispose();
        }
    }
}
