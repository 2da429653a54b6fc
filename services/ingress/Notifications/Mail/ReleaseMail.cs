using System.Text;
using Canary.Ingress.Repositories;
using MimeKit;

namespace Canary.Ingress.Notifications.Mail;

/// <summary>
/// News as a mail. The mails about one release are a thread (RFC 5322, 3.6.4), and the id of each follows from what it tells, so that
/// one that comes twice is known. Every part of a message is one line without control characters, so no header can be added by it.
/// </summary>
internal static class ReleaseMail
{
    private const int LongestSubject = 150;

    public static MimeMessage Of(News news, string? thread, ChannelOptions channel)
    {
        var from = MailboxAddress.Parse(channel.From!);
        var id = IdOf(news, thread, channel.Name, from.Domain);
        var mail = new MimeMessage
        {
            MessageId = id,
            Date = news.Time,
            Subject = SubjectOf(news.Message, isFirst: thread is null),
            Body = new TextPart("plain") { Text = TextOf(news.Message) },
        };
        mail.From.Add(from);
        mail.To.AddRange(channel.To.Select(address => MailboxAddress.Parse(address)));
        // No out-of-office reply is wanted (RFC 3834).
        mail.Headers.Add(HeaderId.AutoSubmitted, "auto-generated");
        mail.Headers.Add("X-Canary-Event", news.Message.Headline);
        if (thread is not null)
        {
            mail.InReplyTo = thread;
            mail.References.Add(thread);
        }

        return mail;
    }

    private static string IdOf(News news, string? thread, string channel, string domain) =>
        thread is null
            ? $"canary.{news.Thread}.{channel}@{domain}"
            : $"canary.{news.Thread}.{channel}.{news.Id}@{domain}";

    private static string SubjectOf(Message message, bool isFirst) =>
        PlainText.Line($"{(isFirst ? "" : "Re: ")}[canary] {message.Subject}", LongestSubject)!;

    private static string TextOf(Message message)
    {
        var text = new StringBuilder().Append(message.Headline).Append(".\n\n").Append(message.Summary).Append('\n');
        if (message.Link is { } link)
        {
            text.Append('\n').Append(link.Text).Append(":\n").Append(link.Address.AbsoluteUri).Append('\n');
        }

        if (message.Command is { } command)
        {
            text.Append("\nOr at a terminal:\n").Append(command).Append('\n');
        }

        if (message.Facts.Count > 0)
        {
            text.Append('\n');
        }

        foreach (var fact in message.Facts)
        {
            text.Append(fact.Name).Append(": ").Append(fact.Value).Append('\n');
        }

        return text.ToString();
    }
}
