using System.Globalization;
using System.Text;
using Canary.Ingress.Notifications.None;
using Canary.Ingress.Status;

namespace Canary.Ingress.Notifications;

/// <summary>Says for <c>canary doctor</c> whether each channel works. It sends nothing: what was last sent tells.</summary>
internal sealed class ChannelChecks(ChannelQueries channels)
{
    public async Task<IReadOnlyList<StatusCheck>> RunAsync(CancellationToken cancellation) =>
        [.. (await channels.ListAsync(cancellation)).Select(CheckOf)];

    private static StatusCheck CheckOf(ChannelView channel)
    {
        var name = $"notifications-{channel.Name}";
        return channel.Error is { } error
            ? StatusCheck.Warning(
                name,
                $"{DetailOf(channel)} Last error: {error}",
                $"{channel.Remedy} Then try it: canary notifications test {channel.Name}"
            )
            : StatusCheck.Ok(name, channel.Kind == NoNotifier.Kind.Name ? "Switched off." : DetailOf(channel));
    }

    private static string DetailOf(ChannelView channel)
    {
        var detail = new StringBuilder(channel.Kind).Append("; ");
        detail.Append(
            channel.DeliveredAt is { } at
                ? string.Create(CultureInfo.InvariantCulture, $"last delivered {at:u}")
                : "nothing was delivered yet"
        );
        if (channel.Waiting > 0)
        {
            detail.Append(CultureInfo.InvariantCulture, $", {channel.Waiting} waiting");
        }

        if (channel.GivenUp > 0)
        {
            detail.Append(CultureInfo.InvariantCulture, $", {channel.GivenUp} given up");
        }

        return detail.Append('.').ToString();
    }
}
