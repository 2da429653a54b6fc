using System.Net;
using MimeKit;

namespace Canary.Ingress.Notifications.Mail;

/// <summary>What is wrong with the configuration of a mail channel.</summary>
internal static class MailRules
{
    public static IEnumerable<(string Setting, string Fault)> FaultsOf(ChannelOptions channel)
    {
        if (Uri.CheckHostName(channel.SmtpHost ?? "") == UriHostNameType.Unknown)
        {
            yield return (nameof(channel.SmtpHost), "the name or the address of the mail server is needed.");
        }

        if (!IsMailbox(channel.From))
        {
            yield return (nameof(channel.From), "the address that mails are from is needed, as in canary@example.org.");
        }

        if (channel.To.Count == 0 || !channel.To.TrueForAll(IsMailbox))
        {
            yield return (nameof(channel.To), "the addresses that mails go to are needed, as in [ops@example.org].");
        }

        if (channel.User is null != channel.PasswordFile is null)
        {
            yield return (nameof(channel.PasswordFile), "user and password-file are needed together.");
        }

        foreach (
            var fault in ChannelRules.FileFaults(nameof(channel.PasswordFile), channel.PasswordFile, isNeeded: false)
        )
        {
            yield return fault;
        }

        if (channel is { Tls: SmtpTls.None, User: not null } && !IsThisMachine(channel.SmtpHost))
        {
            yield return (nameof(channel.Tls), "a password is not sent over a network without encryption.");
        }
    }

    private static bool IsMailbox(string? address) =>
        address is { Length: <= 320 }
        && !address.Any(char.IsControl)
        && MailboxAddress.TryParse(address, out var mailbox)
        && mailbox.Domain.Length > 0;

    private static bool IsThisMachine(string? host) =>
        host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
