using System.Text.RegularExpressions;

namespace Canary.Ingress.Notifications.Slack;

/// <summary>Channels of Slack: by an incoming webhook, or by the Web API with the token of a bot.</summary>
internal static partial class SlackKind
{
    public static readonly NotifierKind Kind = new(
        "slack",
        NotificationEvents.Decisions,
        [
            nameof(ChannelOptions.Url),
            nameof(ChannelOptions.UrlFile),
            nameof(ChannelOptions.TokenFile),
            nameof(ChannelOptions.ChannelId),
            nameof(ChannelOptions.CaFile),
        ],
        FaultsOf,
        (channel, time) => channel.TokenFile is null ? new SlackWebhook(channel, time) : new SlackApi(channel, time)
    );

    private static IEnumerable<(string Setting, string Fault)> FaultsOf(ChannelOptions channel)
    {
        if (channel.UrlFile is null == channel.TokenFile is null)
        {
            yield return (
                nameof(channel.UrlFile),
                "either the file with the address of an incoming webhook is needed, or token-file and channel-id."
            );
            yield break;
        }

        var faults = ChannelRules
            .FileFaults(nameof(channel.UrlFile), channel.UrlFile, isNeeded: false)
            .Concat(ChannelRules.FileFaults(nameof(channel.TokenFile), channel.TokenFile, isNeeded: false))
            .ToList();
        foreach (var fault in faults)
        {
            yield return fault;
        }

        // What is in the file is a secret, and not shown.
        if (faults.Count == 0 && channel.UrlFile is { } file && !ChannelRules.IsWebAddress(SecretText.Read(file)))
        {
            yield return (nameof(channel.UrlFile), $"what is in {file} is no address of the web (https).");
        }

        if (channel.TokenFile is null && channel.Url is not null)
        {
            yield return (nameof(channel.Url), "the address of an incoming webhook is a secret: put it into url-file.");
        }
        else if (channel.Url is not null && !ChannelRules.IsWebAddress(channel.Url))
        {
            yield return (nameof(channel.Url), "it is no address of the web (https).");
        }

        if (channel.TokenFile is not null != ChannelId().IsMatch(channel.ChannelId ?? ""))
        {
            yield return (
                nameof(channel.ChannelId),
                channel.TokenFile is null
                    ? "an incoming webhook has a channel of its own."
                    : "the id of the channel is needed, such as C0123456789: it stands at the end of the channel's details."
            );
        }
    }

    [GeneratedRegex("^[A-Z][A-Z0-9]{2,40}$")]
    private static partial Regex ChannelId();
}
