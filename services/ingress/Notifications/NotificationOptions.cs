using System.ComponentModel.DataAnnotations;

namespace Canary.Ingress.Notifications;

/// <summary>Who is told of releases, and how. Section <c>ingress:notifications</c>.</summary>
public sealed class NotificationOptions : IValidatableObject
{
    /// <summary>The channels: chats, programs and mailboxes that are told. Default: none.</summary>
    public List<ChannelOptions> Channels { get; set; } = [];

    /// <summary>How long one delivery may take. 1 s to 5 min; default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Pause after the first delivery that failed; it doubles with each further one. A service that says when to come
    /// again is believed. 100 ms to 1 hour; default 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Longest of these pauses. <see cref="RetryAfter"/> to 1 day; default 5 min.</summary>
    public TimeSpan RetryAtMost { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a message may wait until it is given up. 1 s to 30 days; default 1 day.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromDays(1);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (RetryAtMost < RetryAfter || RetryAtMost > TimeSpan.FromDays(1))
        {
            yield return new ValidationResult(
                $"{RetryAtMost} is not between {RetryAfter} and 1 day.",
                [nameof(RetryAtMost)]
            );
        }

        foreach (var (channel, index) in Channels.Select((channel, index) => (channel, index)))
        {
            foreach (var (setting, fault) in ChannelRules.FaultsOf(channel))
            {
                yield return new ValidationResult(fault, [$"{nameof(Channels)}[{index}].{setting}"]);
            }
        }

        foreach (var same in Channels.GroupBy(channel => channel.Name).Where(same => same.Count() > 1))
        {
            yield return new ValidationResult($"Several channels are called '{same.Key}'.", [nameof(Channels)]);
        }
    }
}

/// <summary>A chat, a program or mailboxes that are told of releases.</summary>
public sealed class ChannelOptions
{
    /// <summary>Name of the channel: lower-case letters, digits and hyphens, at most 40.</summary>
    public string Name { get; set; } = "";

    /// <summary>What it is: <c>slack</c>, <c>webhook</c>, <c>mail</c>, or <c>none</c> (nobody is told).</summary>
    public string Kind { get; set; } = "";

    /// <summary>The applications that it is told of; <c>*</c> stands for any text, as in <c>shop-*</c>. Default: all.</summary>
    public List<string> Applications { get; set; } = [];

    /// <summary>What it is told of. Default: <c>all</c> for <c>webhook</c>, <c>decisions</c> for the others.</summary>
    public NotificationEvents? Events { get; set; }

    /// <summary>Of <c>webhook</c>: the address that events are sent to, <c>https</c> or <c>http</c>. Of <c>slack</c> with a token: the
    /// address of the Web API; default <c>https://slack.com/api/</c>.</summary>
    public string? Url { get; set; }

    /// <summary>Of <c>slack</c> and <c>webhook</c>: a file with the address, where that is a secret, as that of an incoming webhook of
    /// Slack is.</summary>
    public string? UrlFile { get; set; }

    /// <summary>Of <c>slack</c>: a file with the token of a bot, in place of an incoming webhook. One message for each release is
    /// then changed as the release goes on.</summary>
    public string? TokenFile { get; set; }

    /// <summary>Of <c>slack</c> with a token: id of the channel, such as <c>C0123456789</c>.</summary>
    public string? ChannelId { get; set; }

    /// <summary>Of <c>webhook</c>: a file with the secret that events are signed with, at least 16 characters. It is read again for
    /// each.</summary>
    public string? SecretFile { get; set; }

    /// <summary>File with the certificates (PEM) of the authorities that the service's certificate may be of. Default: those that
    /// this machine trusts.</summary>
    public string? CaFile { get; set; }

    /// <summary>Of <c>mail</c>: the mail server.</summary>
    public string? SmtpHost { get; set; }

    /// <summary>Of <c>mail</c>: its port. 1 to 65,535; default 587, with <c>tls: implicit</c> 465, with <c>tls: none</c> 25.</summary>
    [Range(1, 65_535)]
    public int? SmtpPort { get; set; }

    /// <summary>Of <c>mail</c>: how the connection is encrypted. Default: <c>starttls</c>.</summary>
    public SmtpTls? Tls { get; set; }

    /// <summary>Of <c>mail</c>: the user to sign in as. Default: nobody signs in.</summary>
    public string? User { get; set; }

    /// <summary>Of <c>mail</c>: a file with the user's password.</summary>
    public string? PasswordFile { get; set; }

    /// <summary>Of <c>mail</c>: the address that mails are from.</summary>
    public string? From { get; set; }

    /// <summary>Of <c>mail</c>: the addresses that mails go to.</summary>
    public List<string> To { get; set; } = [];

    internal IEnumerable<string> SecretFiles => new[] { UrlFile, TokenFile, SecretFile, PasswordFile }.OfType<string>();
}

/// <summary>What a channel is told of.</summary>
public enum NotificationEvents
{
    /// <summary>Everything.</summary>
    All,

    /// <summary>What waits for a person, and how releases ended.</summary>
    Decisions,

    /// <summary>What failed or was rolled back, and what waits because something failed.</summary>
    Problems,
}

/// <summary>How a connection to a mail server is encrypted.</summary>
public enum SmtpTls
{
    /// <summary>By STARTTLS; a server that does not offer it is sent nothing.</summary>
    StartTls,

    /// <summary>From the first byte.</summary>
    Implicit,

    /// <summary>Not at all.</summary>
    None,
}
