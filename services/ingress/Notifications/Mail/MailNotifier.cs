using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Canary.Hosting.Http;
using Canary.Ingress.Repositories;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;

namespace Canary.Ingress.Notifications.Mail;

/// <summary>Sends mails by a mail server, with a connection for each.</summary>
internal sealed class MailNotifier(ChannelOptions channel) : INotifier
{
    public static readonly NotifierKind Kind = new(
        "mail",
        NotificationEvents.Decisions,
        [
            nameof(ChannelOptions.SmtpHost),
            nameof(ChannelOptions.SmtpPort),
            nameof(ChannelOptions.Tls),
            nameof(ChannelOptions.CaFile),
            nameof(ChannelOptions.User),
            nameof(ChannelOptions.PasswordFile),
            nameof(ChannelOptions.From),
            nameof(ChannelOptions.To),
        ],
        MailRules.FaultsOf,
        (channel, _) => new MailNotifier(channel)
    );

    private readonly X509ChainPolicy? _authorities = channel.CaFile is { } file ? TrustedAuthorities.In(file) : null;

    public MessageStyle Style => MessageStyle.Posted;

    private SmtpTls Tls => channel.Tls ?? SmtpTls.StartTls;

    private int Port =>
        channel.SmtpPort
        ?? Tls switch
        {
            SmtpTls.Implicit => 465,
            SmtpTls.None => 25,
            _ => 587,
        };

    private string Server => $"The mail server {channel.SmtpHost}:{Port}";

    /// <param name="news">What to tell.</param>
    /// <param name="told">Id of the first mail about the release, which the others answer.</param>
    /// <param name="cancellation">The time for it is over.</param>
    public async Task<string?> SendAsync(News news, string? told, CancellationToken cancellation)
    {
        using var mail = ReleaseMail.Of(news, told, channel);
        using var client = new SmtpClient();
        Trust(client);
        try
        {
            await client.ConnectAsync(channel.SmtpHost!, Port, SecurityOf(Tls), cancellation);
            if (channel.User is { } user)
            {
                await client.AuthenticateAsync(user, SecretText.Read(channel.PasswordFile!), cancellation);
            }

            await client.SendAsync(mail, cancellation);
        }
        catch (Exception exception) when (FailureOf(exception) is { } failure)
        {
            throw failure;
        }

        await TakeLeaveAsync(client, cancellation);
        return told ?? mail.MessageId;
    }

    public void Dispose() { }

    /// <summary>The mail has been taken, whatever comes of this.</summary>
    private static async Task TakeLeaveAsync(SmtpClient client, CancellationToken cancellation)
    {
        try
        {
            await client.DisconnectAsync(quit: true, cancellation);
        }
        catch (Exception exception)
            when (exception is IOException or SocketException or ProtocolException or OperationCanceledException)
        {
            // It has hung up first.
        }
    }

    private void Trust(SmtpClient client)
    {
        if (_authorities is { } authorities)
        {
            client.CheckCertificateRevocation = false;
            client.ServerCertificateValidationCallback = (_, certificate, chain, errors) =>
                (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) == SslPolicyErrors.None
                && certificate is X509Certificate2 own
                && IsOf(authorities, own, chain);
        }
    }

    private static bool IsOf(X509ChainPolicy authorities, X509Certificate2 certificate, X509Chain? sent)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy = authorities.Clone();
        foreach (var between in sent?.ChainElements.Select(element => element.Certificate) ?? [])
        {
            chain.ChainPolicy.ExtraStore.Add(between);
        }

        foreach (var between in sent?.ChainPolicy.ExtraStore ?? [])
        {
            chain.ChainPolicy.ExtraStore.Add(between);
        }

        return chain.Build(certificate);
    }

    private static SecureSocketOptions SecurityOf(SmtpTls tls) =>
        tls switch
        {
            SmtpTls.Implicit => SecureSocketOptions.SslOnConnect,
            SmtpTls.None => SecureSocketOptions.None,
            _ => SecureSocketOptions.StartTls,
        };

    private DeliveryException? FailureOf(Exception exception) =>
        exception switch
        {
            // What the server says of it may hold what it was sent.
            AuthenticationException => new DeliveryException(
                $"{Server} does not accept the user {channel.User} with this password.",
                "Put the right password into password-file.",
                exception
            ),
            SslHandshakeException => new DeliveryException(
                $"{Server} cannot be trusted: its certificate is not of an authority that is known here, or not for this name.",
                "Name the server as its certificate does, and its authority in ca-file; or see tls.",
                exception
            ),
            NotSupportedException => new DeliveryException(
                $"{Server} offers no {(Tls == SmtpTls.StartTls ? "STARTTLS" : "way to sign in")}.",
                "See the options tls, smtp-port and user of the channel.",
                exception
            ),
            SmtpCommandException refused => new DeliveryException(
                $"{Server} answers {(int)refused.StatusCode} {PlainText.Line(refused.Message, 200)}",
                refused.Mailbox is { } mailbox
                    ? $"See that {mailbox.Address} is an address that it takes mail for or from."
                    : "Look at the log of the mail server.",
                exception
            )
            {
                // A server that is to be asked again later says so by 4 (RFC 5321, 4.2.1).
                IsOfMessage = (int)refused.StatusCode >= 500,
            },
            ServiceNotConnectedException or ProtocolException => new DeliveryException(
                $"{Server} does not speak SMTP, or hung up.",
                "See the options smtp-host, smtp-port and tls of the channel.",
                exception
            ),
            SocketException or IOException => new DeliveryException(
                $"{Server} does not answer: {PlainText.Line(exception.Message, 200)}",
                "See that its name and port are right and that it can be reached from here.",
                exception
            ),
            _ => null,
        };
}
