using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Canary.Contracts;
using Canary.Durability.Messaging;

namespace Canary.Ingress.Notifications.Webhook;

/// <summary>
/// Sends programs the same CloudEvents that RabbitMQ brings them (docs/events.md), signed: the whole state of a release, and that of
/// its rollout, each with its revision. Each comes at least once, and those of one release in the order of their revisions.
/// </summary>
internal sealed class WebhookNotifier(ChannelOptions channel, TimeProvider time) : INotifier
{
    public const string SignatureHeader = "X-Canary-Signature-256";

    public const string TimestampHeader = "X-Canary-Timestamp";

    public static readonly NotifierKind Kind = new(
        "webhook",
        NotificationEvents.All,
        [
            nameof(ChannelOptions.Url),
            nameof(ChannelOptions.UrlFile),
            nameof(ChannelOptions.SecretFile),
            nameof(ChannelOptions.CaFile),
        ],
        FaultsOf,
        (channel, time) => new WebhookNotifier(channel, time)
    );

    private const int ShortestSecret = 16;

    private readonly HttpPost _http = new(channel.CaFile, time);

    public MessageStyle Style => MessageStyle.Streamed;

    /// <param name="news">What to tell.</param>
    /// <param name="told">The revisions of release and rollout that were told last, as <see cref="News.Id"/> has them.</param>
    /// <param name="cancellation">The time for it is over.</param>
    public async Task<string?> SendAsync(News news, string? told, CancellationToken cancellation)
    {
        foreach (var document in DocumentsOf(news, told))
        {
            await SendAsync(document, cancellation);
        }

        return news.Id;
    }

    public void Dispose() => _http.Dispose();

    private async Task SendAsync(EventDocument document, CancellationToken cancellation)
    {
        var address = new Uri(channel.Url ?? SecretText.Read(channel.UrlFile!));
        var secret = Encoding.UTF8.GetBytes(SecretText.Read(channel.SecretFile!));
        var stamp = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var body = document.ToJson();
        using var request = new HttpRequestMessage(HttpMethod.Post, address);
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(EventDocument.ContentType);
        request.Headers.Add(TimestampHeader, stamp);
        request.Headers.Add(SignatureHeader, $"sha256={SignatureOf(stamp, body, secret)}");
        await _http.SendAsync(
            request,
            channel.Url is null ? "The webhook" : address.Host,
            reasonIn: null,
            cancellation
        );
    }

    /// <summary>The time is signed as well: a receiver can refuse what somebody sends again later.</summary>
    private static string SignatureOf(string stamp, byte[] body, byte[] secret)
    {
        byte[] signed = [.. Encoding.ASCII.GetBytes(stamp + "."), .. body];
        return Convert.ToHexStringLower(HMACSHA256.HashData(secret, signed));
    }

    private static IEnumerable<EventDocument> DocumentsOf(News news, string? told)
    {
        if (news.Release is not { } found)
        {
            yield return new EventDocument
            {
                Id = news.Thread,
                Service = "ingress",
                Name = "notification-test",
                Time = news.Time,
                Data = JsonSerializer.Serialize(new { message = news.Message.Headline }, JsonSerializerOptions.Web),
            };
            yield break;
        }

        var (release, rollout) = RevisionsIn(told);
        if (found.Release.Snapshot is { } snapshot && snapshot.Revision > release)
        {
            yield return DocumentOf("ci-coordinator", snapshot, snapshot.Revision);
        }

        if (found.Rollout?.Snapshot is { } deploying && deploying.Revision > rollout)
        {
            yield return DocumentOf("deployer", deploying, deploying.Revision);
        }

        EventDocument DocumentOf(string service, IEvent @event, int revision) =>
            EventDocument.Of($"{news.Thread}-{revision}", service, @event, news.Time);
    }

    private static (int Release, int Rollout) RevisionsIn(string? told) =>
        told?.Split('.') is [var release, var rollout]
            ? (int.Parse(release, CultureInfo.InvariantCulture), int.Parse(rollout, CultureInfo.InvariantCulture))
            : (0, 0);

    private static IEnumerable<(string Setting, string Fault)> FaultsOf(ChannelOptions channel)
    {
        if (channel.Url is null == channel.UrlFile is null)
        {
            yield return (nameof(channel.Url), "either the address is needed, or url-file with it.");
        }
        else if (channel.Url is not null && !ChannelRules.IsWebAddress(channel.Url))
        {
            yield return (nameof(channel.Url), "it is no address of the web (https) without a password in it.");
        }

        foreach (var fault in ChannelRules.FileFaults(nameof(channel.UrlFile), channel.UrlFile, isNeeded: false))
        {
            yield return fault;
        }

        if (
            channel.UrlFile is { } file
            && SecretText.FaultOf(file) is null
            && !ChannelRules.IsWebAddress(SecretText.Read(file))
        )
        {
            yield return (nameof(channel.UrlFile), $"what is in {file} is no address of the web (https).");
        }

        var faults = ChannelRules.FileFaults(nameof(channel.SecretFile), channel.SecretFile, isNeeded: true).ToList();
        foreach (var fault in faults)
        {
            yield return fault;
        }

        if (faults.Count == 0 && SecretText.Read(channel.SecretFile!).Length < ShortestSecret)
        {
            yield return (
                nameof(channel.SecretFile),
                $"the secret has fewer than {ShortestSecret} characters; openssl rand -hex 32 makes a good one."
            );
        }
    }
}
