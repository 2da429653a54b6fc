using System.Text.RegularExpressions;
using Canary.Hosting.Http;
using Canary.Hosting.Providers;
using Canary.Ingress.Notifications.GitHub;
using Canary.Ingress.Repositories;

namespace Canary.Ingress.Notifications;

/// <summary>What is wrong with the configuration of a channel: each fault with the setting that has it.</summary>
internal static partial class ChannelRules
{
    public static IEnumerable<(string Setting, string Fault)> FaultsOf(ChannelOptions channel)
    {
        if (!ChannelName().IsMatch(channel.Name))
        {
            yield return (
                nameof(channel.Name),
                $"'{PlainText.Line(channel.Name, 50)}' is not a name of up to 40 lower-case letters, digits and hyphens."
            );
        }

        if (channel.Name == GitHubReporter.Name)
        {
            yield return (nameof(channel.Name), $"'{channel.Name}' is the name of the reports to GitHub.");
        }

        foreach (var pattern in channel.Applications.Where(it => !ApplicationName.IsValid(it.Replace('*', 'x') + "x")))
        {
            yield return (
                nameof(channel.Applications),
                $"'{PlainText.Line(pattern, 50)}' is not the name of an application; it may hold * as in shop-*."
            );
        }

        if (NotifierKinds.Find(channel.Kind) is not { } kind)
        {
            yield return (nameof(channel.Kind), ProviderNames.Unknown(channel.Kind, NotifierKinds.Names));
            yield break;
        }

        foreach (var setting in GivenTo(channel).Except(kind.Settings))
        {
            yield return (setting, $"a channel of kind {kind.Name} has no such setting.");
        }

        if (channel.CaFile is { } authorities && TrustedAuthorities.FaultOf(authorities) is { } unreadable)
        {
            yield return (nameof(channel.CaFile), unreadable);
        }

        foreach (var fault in kind.Faults(channel))
        {
            yield return fault;
        }
    }

    /// <summary>What is wrong with a file that must be there.</summary>
    public static IEnumerable<(string Setting, string Fault)> FileFaults(string setting, string? path, bool isNeeded)
    {
        if (path is null && isNeeded)
        {
            yield return (setting, "it must not be empty.");
        }
        else if (path is not null && SecretText.FaultOf(path) is { } fault)
        {
            yield return (setting, fault);
        }
    }

    public static bool IsWebAddress(string? address) => PlainText.WebAddress(address) is not null;

    private static IEnumerable<string> GivenTo(ChannelOptions channel)
    {
        (string Setting, bool IsGiven)[] settings =
        [
            (nameof(channel.Url), channel.Url is not null),
            (nameof(channel.UrlFile), channel.UrlFile is not null),
            (nameof(channel.TokenFile), channel.TokenFile is not null),
            (nameof(channel.ChannelId), channel.ChannelId is not null),
            (nameof(channel.SecretFile), channel.SecretFile is not null),
            (nameof(channel.CaFile), channel.CaFile is not null),
            (nameof(channel.SmtpHost), channel.SmtpHost is not null),
            (nameof(channel.SmtpPort), channel.SmtpPort is not null),
            (nameof(channel.Tls), channel.Tls is not null),
            (nameof(channel.User), channel.User is not null),
            (nameof(channel.PasswordFile), channel.PasswordFile is not null),
            (nameof(channel.From), channel.From is not null),
            (nameof(channel.To), channel.To.Count > 0),
        ];
        return settings.Where(it => it.IsGiven).Select(it => it.Setting);
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,39}$")]
    private static partial Regex ChannelName();
}
