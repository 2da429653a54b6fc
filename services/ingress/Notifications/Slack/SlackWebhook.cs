namespace Canary.Ingress.Notifications.Slack;

/// <summary>
/// Posts by an incoming webhook (docs.slack.dev/messaging/sending-messages-using-incoming-webhooks): it answers <c>ok</c>, or a word
/// for what is wrong. What it has posted it cannot change.
/// </summary>
internal sealed class SlackWebhook(ChannelOptions channel, TimeProvider time) : INotifier
{
    private const string Service = "Slack";

    private readonly HttpPost _http = new(channel.CaFile, time);

    public MessageStyle Style => MessageStyle.Posted;

    public async Task<string?> SendAsync(News news, string? told, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, AddressIn(SecretText.Read(channel.UrlFile!)));
        request.Content = JsonContent.Create(SlackMessage.Of(news.Message));
        var answer = await _http.SendAsync(request, Service, SlackMessage.ReasonIn, cancellation);
        return answer.Body.Trim() == "ok" ? news.Id : throw HttpPost.Unreadable(Service);
    }

    public void Dispose() => _http.Dispose();

    private Uri AddressIn(string text) =>
        ChannelRules.IsWebAddress(text)
            ? new Uri(text)
            : throw new DeliveryException(
                $"What is in {channel.UrlFile} is no address of the web (https).",
                "Put the address of the incoming webhook there."
            );
}
