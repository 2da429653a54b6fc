namespace Canary.Ingress.Notifications.None;

/// <summary>Tells nobody: for a channel that is switched off for a while.</summary>
internal sealed class NoNotifier : INotifier
{
    public static readonly NotifierKind Kind = new(
        "none",
        NotificationEvents.All,
        // A channel that is switched off keeps what it will need again.
        [
            nameof(ChannelOptions.Url),
            nameof(ChannelOptions.UrlFile),
            nameof(ChannelOptions.TokenFile),
            nameof(ChannelOptions.ChannelId),
            nameof(ChannelOptions.SecretFile),
            nameof(ChannelOptions.CaFile),
            nameof(ChannelOptions.SmtpHost),
            nameof(ChannelOptions.SmtpPort),
            nameof(ChannelOptions.Tls),
            nameof(ChannelOptions.User),
            nameof(ChannelOptions.PasswordFile),
            nameof(ChannelOptions.From),
            nameof(ChannelOptions.To),
        ],
        _ => [],
        (_, _) => new NoNotifier()
    );

    public MessageStyle Style => MessageStyle.Silent;

    public Task<string?> SendAsync(News news, string? told, CancellationToken cancellation) =>
        throw new DeliveryException("The channel is switched off.", "Give it another kind than none to switch it on.");

    public void Dispose() { }
}
