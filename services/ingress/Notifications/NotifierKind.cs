using Canary.Ingress.Notifications.Mail;
using Canary.Ingress.Notifications.None;
using Canary.Ingress.Notifications.Slack;
using Canary.Ingress.Notifications.Webhook;

namespace Canary.Ingress.Notifications;

/// <summary>A kind of channels: what its configuration may hold, and how one is made.</summary>
/// <param name="Name">The name that it is chosen by.</param>
/// <param name="ByDefault">What its channels are told of unless they say.</param>
/// <param name="Settings">Properties of <see cref="ChannelOptions"/> that it reads, besides those that each channel has.</param>
/// <param name="Faults">What is wrong with a configuration.</param>
/// <param name="Create">Makes one of a configuration that is right.</param>
internal sealed record NotifierKind(
    string Name,
    NotificationEvents ByDefault,
    IReadOnlyList<string> Settings,
    Func<ChannelOptions, IEnumerable<(string Setting, string Fault)>> Faults,
    Func<ChannelOptions, TimeProvider, INotifier> Create
);

/// <summary>The kinds that there are.</summary>
internal static class NotifierKinds
{
    private static readonly NotifierKind[] All =
    [
        NoNotifier.Kind,
        SlackKind.Kind,
        WebhookNotifier.Kind,
        MailNotifier.Kind,
    ];

    public static IEnumerable<string> Names => All.Select(kind => kind.Name);

    public static NotifierKind? Find(string name) =>
        Array.Find(All, kind => kind.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
