using System.ComponentModel.DataAnnotations;
using Canary.Ingress.Notifications;
using Canary.Testing;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Tests.Notifications;

public sealed class NotificationOptionsTests : IDisposable
{
    private readonly TempDirectory _files = new();

    public static TheoryData<string, string, Action<ChannelOptions>> Faults =>
        new()
        {
            { "Name", "'Ops!'", x => x.Name = "Ops!" },
            {
                "Kind",
                "there is no 'slak'. Known are mail, none, slack, webhook. Did you mean slack?",
                x => x.Kind = "slak"
            },
            { "Applications", "'Shop'", x => x.Applications = ["Shop"] },
            { "SmtpHost", "no such setting", x => x.SmtpHost = "mail.example.org" },
            { "UrlFile", "cannot be read", x => x.UrlFile = "/nowhere/slack-url" },
            { "UrlFile", "either the file", x => x.UrlFile = null },
            { "UrlFile", "either the file", x => x.TokenFile = "/nowhere/token" },
            { "Url", "is a secret: put it into url-file", x => x.Url = "https://hooks.slack.com/services/T0" },
            { "ChannelId", "has a channel of its own", x => x.ChannelId = "C0123456789" },
            { "CaFile", "no certificate can be read", x => x.CaFile = "/nowhere/ca.pem" },
        };

    public static TheoryData<string, string, Action<ChannelOptions>> FaultsOfMail =>
        new()
        {
            { "SmtpHost", "mail server is needed", x => x.SmtpHost = "not a host" },
            { "From", "canary@example.org", x => x.From = "canary@example.org\r\nBcc: eve@evil.example" },
            { "To", "[ops@example.org]", x => x.To = [] },
            { "To", "[ops@example.org]", x => x.To = ["ops"] },
            { "PasswordFile", "needed together", x => x.User = "canary" },
            { "Tls", "without encryption", x => (x.Tls, x.User) = (SmtpTls.None, "canary") },
        };

    public void Dispose() => _files.Dispose();

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_fault_of_a_channel_is_named_by_its_setting(
        string setting,
        string words,
        Action<ChannelOptions> change
    )
    {
        var channel = Slack();
        change(channel);

        Faulty(channel).ShouldContain(fault => fault.Setting == setting && fault.Words.Contains(words));
    }

    [Theory]
    [MemberData(nameof(FaultsOfMail))]
    public void A_fault_of_a_mailbox_is_named_by_its_setting(
        string setting,
        string words,
        Action<ChannelOptions> change
    )
    {
        var channel = Mail();
        change(channel);

        Faulty(channel).ShouldContain(fault => fault.Setting == setting && fault.Words.Contains(words));
    }

    [Fact]
    public void What_is_in_the_file_of_an_address_is_never_shown()
    {
        var channel = Slack();
        channel.UrlFile = _files.WriteFile("wrong", "hunter2 is not an address");

        Faulty(channel).ShouldHaveSingleItem().Words.ShouldNotContain("hunter2");
    }

    [Fact]
    public void A_webhook_needs_an_address_and_a_secret_that_is_long_enough()
    {
        var channel = new ChannelOptions { Name = "tickets", Kind = "webhook" };
        Faulty(channel).Select(fault => fault.Setting).ShouldBe(["Url", "SecretFile"]);

        channel.Url = "https://user:password@example.org/";
        channel.SecretFile = _files.WriteFile("secret", "short");
        Faulty(channel).Select(fault => fault.Setting).ShouldBe(["Url", "SecretFile"]);

        channel.Url = "https://example.org/canary";
        channel.SecretFile = _files.WriteFile("secret", "0123456789abcdef");
        Faulty(channel).ShouldBeEmpty();
    }

    [Fact]
    public void A_channel_that_is_switched_off_keeps_its_settings()
    {
        var channel = Mail();
        channel.Kind = "none";

        Faulty(channel).ShouldBeEmpty();
    }

    [Fact]
    public void Two_channels_are_not_called_the_same() =>
        Faulty(Slack(), Slack()).ShouldHaveSingleItem().Words.ShouldBe("Several channels are called 'ops'.");

    [Fact]
    public async Task A_server_does_not_start_with_a_fault_and_names_its_key()
    {
        var fault = await Should.ThrowAsync<OptionsValidationException>(() =>
            IngressHost.StartAsync(Told.Channel(0, ("name", "ops"), ("kind", "slack")))
        );

        fault.Message.ShouldContain("ingress.notifications.channels[0].url-file: ");
    }

    private ChannelOptions Slack() =>
        new()
        {
            Name = "ops",
            Kind = "slack",
            UrlFile = _files.WriteFile("slack-url", "https://hooks.slack.com/services/T0/B0/x\n"),
        };

    private static ChannelOptions Mail() =>
        new()
        {
            Name = "team",
            Kind = "mail",
            SmtpHost = "mail.example.org",
            From = "canary@example.org",
            To = ["ops@example.org"],
        };

    private static List<(string Setting, string Words)> Faulty(params ChannelOptions[] channels)
    {
        var options = new NotificationOptions { Channels = [.. channels] };
        return
        [
            .. options
                .Validate(new ValidationContext(options))
                .Select(fault => (fault.MemberNames.Single().Split('.')[^1], fault.ErrorMessage!)),
        ];
    }
}
