using System.CommandLine.Completions;
using Canary.Cli.Api;

namespace Canary.Cli.Completion;

/// <summary>What only the server knows, offered while somebody types; silence if it does not answer at once.</summary>
internal static class LiveCompletions
{
    private const int MostReleases = 50;
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(700);

    public static IEnumerable<CompletionItem> Releases(CliContext cli, CompletionContext context) =>
        Ask(
            cli,
            context,
            async (client, cancellation) =>
            {
                var list = await client.ListReleasesAsync(null, null, MostReleases, cancellation);
                var items = list.Releases.Select(
                    (release, i) =>
                        new CompletionItem(
                            release.Id.Short(),
                            sortText: $"{i:000}",
                            detail: $"{release.Application} {States.ShortCommit(release.Commit)} " + release.Standing()
                        )
                );
                return [.. items, new CompletionItem("latest", sortText: "999", detail: "the newest release")];
            }
        );

    public static IEnumerable<CompletionItem> Applications(CliContext cli, CompletionContext context) =>
        Ask(
            cli,
            context,
            async (client, cancellation) =>
            {
                var applications = await client.ListApplicationsAsync(cancellation);
                return [.. applications.Select(app => new CompletionItem(app.Name, detail: app.Production?.Version))];
            }
        );

    public static IEnumerable<CompletionItem> Packages(CliContext cli, CompletionContext context) =>
        Ask(
            cli,
            context,
            async (client, cancellation) =>
            {
                var list = await client.ListPackagesAsync(null, cancellation);
                return
                [
                    .. list.Packages.Select(package => new CompletionItem(package.Name, detail: package.Application)),
                ];
            }
        );

    public static IEnumerable<CompletionItem> Suites(CliContext cli, CompletionContext context) =>
        Ask(
            cli,
            context,
            async (client, cancellation) =>
            {
                var list = await client.ListPackagesAsync(null, cancellation);
                return [.. list.Suites.Select(suite => new CompletionItem(suite))];
            }
        );

    public static IEnumerable<CompletionItem> Messages(CliContext cli, CompletionContext context) =>
        Ask(
            cli,
            context,
            async (client, cancellation) =>
            {
                var list = await client.ListMessagesAsync(null, cancellation);
                return
                [
                    .. list.Messages.Select(message => new CompletionItem(
                        message.Id.Short(),
                        detail: $"{message.Queue} {message.Type}"
                    )),
                ];
            }
        );

    public static IEnumerable<CompletionItem> FailingQueues(CliContext cli, CompletionContext context) =>
        Ask(
            cli,
            context,
            async (client, cancellation) =>
            {
                var list = await client.ListMessagesAsync(null, cancellation);
                return
                [
                    .. list
                        .Messages.Select(message => message.Queue)
                        .Distinct()
                        .Select(queue => new CompletionItem(queue)),
                ];
            }
        );

    public static IEnumerable<CompletionItem> Channels(CliContext cli, CompletionContext context) =>
        Ask(
            cli,
            context,
            async (client, cancellation) =>
            {
                var list = await client.ListChannelsAsync(cancellation);
                return [.. list.Channels.Select(channel => new CompletionItem(channel.Name, detail: channel.Kind))];
            }
        );

    private static CompletionItem[] Ask(
        CliContext cli,
        CompletionContext context,
        Func<CanaryClient, CancellationToken, Task<CompletionItem[]>> question
    )
    {
        using var limit = new CancellationTokenSource(Limit, cli.Environment.Time);
        try
        {
            return [.. AskAsync().GetAwaiter().GetResult().Where(Fits)];
        }
        catch (Exception e) when (e is CliException or OperationCanceledException or IOException)
        {
            return [];
        }

        async Task<CompletionItem[]> AskAsync()
        {
            using var client = new CanaryClient(Session.LocatorFor(context.ParseResult, cli));
            return await question(client, limit.Token);
        }

        bool Fits(CompletionItem item) =>
            item.Label.StartsWith(context.WordToComplete, StringComparison.OrdinalIgnoreCase);
    }
}
