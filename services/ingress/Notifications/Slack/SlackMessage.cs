using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Canary.Ingress.Notifications.Slack;

/// <summary>
/// A message as Slack takes it: blocks, and a text for notifications (docs.slack.dev/reference/block-kit). What people wrote is only
/// in texts of the type <c>plain_text</c>, which know no formatting, and the three characters by which links and mentions are made are
/// escaped everywhere (docs.slack.dev/messaging/formatting-message-text).
/// </summary>
internal static partial class SlackMessage
{
    private const int LongestHeader = 150;

    private const int LongestText = 2000;

    private const int MostFields = 10;

    public static JsonObject Of(Message message)
    {
        var blocks = new JsonArray
        {
            new JsonObject { ["type"] = "header", ["text"] = Plain(message.Headline, LongestHeader) },
            new JsonObject { ["type"] = "section", ["text"] = Plain(message.Summary, LongestText) },
        };
        if (message.Facts.Count > 0)
        {
            var fields = message
                .Facts.Take(MostFields)
                .Select(fact => Plain($"{fact.Name}: {fact.Value}", LongestText));
            blocks.Add(new JsonObject { ["type"] = "section", ["fields"] = new JsonArray([.. fields]) });
        }

        if (Decide(message) is { Length: > 0 } decide)
        {
            blocks.Add(
                new JsonObject
                {
                    ["type"] = "section",
                    ["text"] = new JsonObject
                    {
                        ["type"] = "mrkdwn",
                        ["text"] = decide,
                        ["verbatim"] = true,
                    },
                }
            );
        }

        return new JsonObject
        {
            ["text"] = Escape(Shorten($"{message.Headline}. {message.Summary}", LongestText)),
            ["mrkdwn"] = false,
            ["unfurl_links"] = false,
            ["unfurl_media"] = false,
            ["blocks"] = blocks,
        };
    }

    /// <summary>A word such as <c>no_service</c> by which Slack says what is wrong; <c>null</c>: the text is none.</summary>
    public static string? ReasonIn(string text) => Word().IsMatch(text) ? text : null;

    public static string Escape(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal);

    /// <summary>Nothing in it was written by whoever made the commit.</summary>
    private static string Decide(Message message)
    {
        var link = message.Link is { } it ? $"<{Escape(it.Address.AbsoluteUri)}|{Escape(it.Text)}>" : null;
        var command = message.Command is { } line ? $"`{Escape(line)}`" : null;
        return string.Join(", or ", new[] { link, command }.OfType<string>());
    }

    private static JsonObject Plain(string text, int longest) =>
        new()
        {
            ["type"] = "plain_text",
            ["text"] = Escape(Shorten(text, longest)),
            ["emoji"] = false,
        };

    private static string Shorten(string text, int longest) =>
        text.Length <= longest ? text
        : char.IsHighSurrogate(text[longest - 2]) ? $"{text[..(longest - 2)]}…"
        : $"{text[..(longest - 1)]}…";

    [GeneratedRegex("^[a-z_]{1,60}$")]
    private static partial Regex Word();
}
