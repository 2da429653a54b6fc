using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Testing;
using MimeKit;

namespace Canary.Ingress.Tests.Notifications;

public sealed class MailTests
{
    [Fact]
    public async Task The_mails_about_a_release_are_a_thread()
    {
        using var server = await MailServer.StartAsync();
        await using var host = await StartAsync(server.Port, "--hosting:publicaddress=https://canary.example.org/");
        var push = Told.Push();

        await host.ReleaseIsAsync(push, 1, ReleaseStates.RollingOut);
        await host.RolloutIsAsync(push, 1, RolloutStates.AwaitingPromotion);
        await host.ToldAllAsync();
        await host.ReleaseIsAsync(push, 2, ReleaseStates.Completed);
        await host.ToldAllAsync();

        var mails = server.Mails.Select(Read).ToList();
        mails.Count.ShouldBe(2);
        var (first, second) = (mails[0], mails[1]);
        first.Subject.ShouldBe($"[canary] shop {push.Source.Commit[..7]}: Sell hats");
        second.Subject.ShouldBe($"Re: {first.Subject}");
        second.InReplyTo.ShouldBe(first.MessageId);
        second.References.ShouldBe([first.MessageId!]);
        second.MessageId.ShouldNotBe(first.MessageId);
        first.MessageId.ShouldBe($"canary.{push.ReleaseId:N}.ops@example.org");
        first.From.ToString().ShouldBe("\"Canary\" <canary@example.org>");
        first.To.Mailboxes.Select(it => it.Address).ShouldBe(["ops@example.org", "ada@example.org"]);
        first.Headers["Auto-Submitted"].ShouldBe("auto-generated");
        first
            .TextBody!.ReplaceLineEndings("\n")
            .ShouldStartWith(
                $"""
                shop 1.0-1 waits for promotion.

                Its canaries are healthy. Somebody decides whether it goes on to production.

                Promote it or roll it back:
                https://canary.example.org/#/releases/{push.ReleaseId}

                Or at a terminal:
                canary releases promote {push.ReleaseId.ToString("N")[..8]}

                Application: shop
                Version: 1.0-1
                """.ReplaceLineEndings("\n")
            );
        second.TextBody!.ShouldStartWith("shop 1.0-1 is in production.");
    }

    [Fact]
    public async Task No_header_and_no_address_comes_of_what_a_commit_says()
    {
        using var server = await MailServer.StartAsync();
        await using var host = await StartAsync(server.Port);

        await host.ReleaseIsAsync(
            Told.Push(title: "Hats\u0000 ü\u2028Bcc: eve@evil.example") with
            {
                Pusher = "ada\r\nBcc: eve@evil.example",
            },
            1,
            ReleaseStates.Failed,
            Told.Broken with
            {
                Message = "It broke.\r\n.\r\nQUIT\r\nBcc: eve@evil.example",
            }
        );
        await host.ToldAllAsync();

        var mail = Read(server.Mails.ShouldHaveSingleItem());
        mail.Bcc.ShouldBeEmpty();
        mail.Subject.ShouldEndWith(": Hats\uFFFD ü\uFFFDBcc: eve@evil.example");
        mail.TextBody!.ShouldNotContain("QUIT");
        mail.Headers.Select(header => header.Field).ShouldNotContain("Bcc");
    }

    [Theory]
    [InlineData("starttls")]
    [InlineData("implicit")]
    public async Task The_server_is_trusted_by_its_certificate(string tls)
    {
        using var authority = new CertificateAuthority();
        using var server = await StartEncryptedAsync(tls, authority.Issue("127.0.0.1"));
        await using var host = await StartAsync(
            server.Port,
            $"--ingress:notifications:channels:0:tls={tls}",
            $"--ingress:notifications:channels:0:cafile={authority.File}"
        );

        await host.ReleaseIsAsync(Told.Push(), 1, ReleaseStates.Failed, Told.Broken);
        await host.ToldAllAsync();

        await host.IsWellAsync();
        server.Mails.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("starttls", "127.0.0.1", false)]
    [InlineData("implicit", "127.0.0.1", false)]
    [InlineData("implicit", "mail.example.org", true)]
    public async Task A_server_that_cannot_be_trusted_gets_no_mail(string tls, string name, bool isKnown)
    {
        using var authority = new CertificateAuthority();
        using var another = new CertificateAuthority();
        using var server = await StartEncryptedAsync(tls, authority.Issue(name));
        await using var host = await StartAsync(
            server.Port,
            $"--ingress:notifications:channels:0:tls={tls}",
            $"--ingress:notifications:channels:0:cafile={(isKnown ? authority : another).File}"
        );

        await host.ReleaseIsAsync(Told.Push(), 1, ReleaseStates.Failed, Told.Broken);
        await Eventually.TrueAsync(async () =>
            (await host.ChannelAsync()).GetProperty("error").GetString() is not null
        );

        (await host.ChannelAsync()).Text("error").ShouldContain("cannot be trusted");
        server.Mails.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_server_that_offers_no_encryption_gets_no_mail_unless_that_is_wanted()
    {
        using var server = await MailServer.StartAsync();
        await using var host = await StartAsync(server.Port, "--ingress:notifications:channels:0:tls=starttls");

        await host.ReleaseIsAsync(Told.Push(), 1, ReleaseStates.Failed, Told.Broken);
        await Eventually.TrueAsync(async () =>
            (await host.ChannelAsync()).GetProperty("error").GetString() is not null
        );

        (await host.ChannelAsync()).Text("error").ShouldContain("offers no STARTTLS");
        server.Mails.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("CONNECT", "554 not today", "answers 554")]
    [InlineData("CONNECT", "SSH-2.0-OpenSSH_9.2", "does not speak SMTP")]
    [InlineData("MAIL", "451 try again later", "answers 451 try again later")]
    [InlineData("RCPT", "550 no such user", "answers 550 no such user")]
    [InlineData("AUTH", "535 wrong", "does not accept the user canary")]
    [InlineData("DATA", "421 shutting down", "answers 421")]
    public async Task Whatever_it_answers_the_release_goes_on_and_is_told_once_when_it_is_well_again(
        string command,
        string answer,
        string said
    )
    {
        using var secrets = new TempDirectory();
        await using var server = new ScriptedMailServer { Answers = word => word == command ? answer : null };
        await using var host = await StartAsync(
            server.Port,
            "--ingress:notifications:channels:0:user=canary",
            $"--ingress:notifications:channels:0:passwordfile={secrets.WriteFile("password", "a secret of a test")}"
        );
        var push = Told.Push();

        await host.ReleaseIsAsync(push, 1, ReleaseStates.Failed, Told.Broken);
        await Eventually.TrueAsync(async () =>
            (await host.ChannelAsync()).GetProperty("error").GetString() is not null
        );
        (await host.ChannelAsync()).Text("error").ShouldContain(said);
        (await host.ChannelAsync()).ToString().ShouldNotContain("a secret");
        await host.Sent.FirstAsync<AcknowledgeRelease>(it => it.ReleaseId == push.ReleaseId);

        server.Answers = _ => null;
        await host.ToldAllAsync();
        server.Taken.ShouldBe(1);
    }

    private static Task<MailServer> StartEncryptedAsync(string tls, ServerCertificate certificate) =>
        tls == "implicit" ? MailServer.StartEncryptedAsync(certificate) : MailServer.StartAsync(certificate);

    private static Task<IngressHost> StartAsync(int port, params string[] settings) =>
        IngressHost.StartAsync([
            .. Told.Channel(
                0,
                ("name", "ops"),
                ("kind", "mail"),
                ("smtphost", "127.0.0.1"),
                ("smtpport", $"{port}"),
                ("tls", "none"),
                ("from", "Canary <canary@example.org>"),
                ("to:0", "ops@example.org"),
                ("to:1", "Ada <ada@example.org>")
            ),
            .. settings,
        ]);

    private static MimeMessage Read(string mail)
    {
        using var content = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(mail));
        return MimeMessage.Load(content);
    }
}
