using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Canary.Ingress.Notifications.Slack;

/// <summary>
/// Posts one message for each release by the Web API, and changes it as the release goes on (docs.slack.dev/reference/methods:
/// <c>chat.postMessage</c>, <c>chat.update</c>). Nobody is notified of a change, so what somebody has to do is said in a reply as well,
/// which the channel sees.
/// </summary>
internal sealed class SlackApi(ChannelOptions channel, TimeProvider time) : INotifier
{
    private const string Service = "Slack";

    /// <summary>By which Slack says that there is no message to change.</summary>
    private static readonly string[] MessageIsGone = ["message_not_found", "cant_update_message", "edit_window_closed"];

    private readonly HttpPost _http = new(channel.CaFile, time);

    private readonly Uri _address = new((channel.Url ?? "https://slack.com/api").TrimEnd('/') + "/");

    public MessageStyle Style => MessageStyle.Updated;

    /// <param name="news">What to tell.</param>
    /// <param name="told">Time stamp of the message, by which Slack knows it.</param>
    /// <param name="cancellation">The time for it is over.</param>
    public async Task<string?> SendAsync(News news, string? told, CancellationToken cancellation)
    {
        var message = SlackMessage.Of(news.Message);
        message["channel"] = channel.ChannelId;
        if (told is null || !await UpdateAsync(message, told, cancellation))
        {
            return await PostAsync(message, cancellation);
        }

        if (news.Message.CallsForAction)
        {
            await PostAsync(ReplyTo(told, news.Message), cancellation);
        }

        return told;
    }

    public void Dispose() => _http.Dispose();

    private async Task<string> PostAsync(JsonObject message, CancellationToken cancellation)
    {
        var answer = await CallAsync("chat.postMessage", message, cancellation);
        return answer is { Ok: true, Ts: { } stamp } ? stamp
            : answer.Ok ? throw HttpPost.Unreadable(Service)
            : throw Refusal(answer.Error);
    }

    /// <returns>Whether there still is such a message.</returns>
    private async Task<bool> UpdateAsync(JsonObject message, string stamp, CancellationToken cancellation)
    {
        var changed = message.DeepClone().AsObject();
        changed["ts"] = stamp;
        var answer = await CallAsync("chat.update", changed, cancellation);
        return answer.Ok || (MessageIsGone.Contains(answer.Error) ? false : throw Refusal(answer.Error));
    }

    private JsonObject ReplyTo(string stamp, Message message) =>
        new()
        {
            ["channel"] = channel.ChannelId,
            ["thread_ts"] = stamp,
            ["reply_broadcast"] = true,
            ["text"] = SlackMessage.Escape(message.Headline),
            ["mrkdwn"] = false,
        };

    private async Task<Answer> CallAsync(string method, JsonObject body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_address, method));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", SecretText.Read(channel.TokenFile!));
        request.Content = JsonContent.Create(body);
        var answer = await _http.SendAsync(request, Service, ReasonIn, cancellation);
        return Read(answer.Body) ?? throw HttpPost.Unreadable(Service);
    }

    private static string? ReasonIn(string body) => Read(body)?.Error;

    private static Answer? Read(string body)
    {
        try
        {
            var answer = JsonSerializer.Deserialize<Answer>(body, JsonSerializerOptions.Web);
            return answer is null ? null : answer with { Error = SlackMessage.ReasonIn(answer.Error ?? "") };
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static DeliveryException Refusal(string? error) =>
        new(
            $"Slack refuses it ({error ?? "without a reason"}).",
            error switch
            {
                "not_in_channel" or "channel_not_found" =>
                    "Invite the bot into the channel (/invite @NAME), and see that channel-id is its id.",
                "invalid_auth" or "not_authed" or "token_revoked" or "token_expired" or "account_inactive" =>
                    "Put a bot token that is in force (xoxb-…) into token-file.",
                "missing_scope" => "Give the bot the scope chat:write and install it anew.",
                _ => "See what docs.slack.dev/reference/methods/chat.postMessage says of it.",
            }
        )
        {
            IsOfMessage = error is "invalid_blocks" or "invalid_blocks_format" or "msg_too_long" or "no_text",
        };

    /// <summary>What each method answers.</summary>
    private sealed record Answer(bool Ok, string? Ts, string? Error);
}
