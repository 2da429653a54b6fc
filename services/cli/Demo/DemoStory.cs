using Canary.Cli.Api;
using Canary.Cli.Releases;
using Canary.Cli.Terminal;
using Spectre.Console;

namespace Canary.Cli.Demo;

/// <summary>
/// What the demo tells, and the proof of each sentence: a release that goes well, then one that must not reach production.
/// </summary>
internal sealed class DemoStory(Session session, IDemoPlace place, bool keep)
{
    private static readonly TimeSpan ReleaseLimit = TimeSpan.FromMinutes(3);

    private readonly List<Output.Claim> _claims = [];

    private Screen Screen => session.Screen;

    private Uri Server => session.Locator.Locate().Uri;

    public async Task<bool> TellAsync(TimeSpan? soak, CancellationToken cancellation)
    {
        var begin = session.Time.GetTimestamp();

        Chapter($"1  {place.Opening}");
        var repository = new DemoRepository(place.Repository, session.Time);
        var good = await repository.CreateAsync(cancellation);
        var scene = await place.OpenAsync(session, soak, cancellation);
        using var fleet = scene.Fleet;
        foreach (var (name, value) in scene.Facts)
        {
            Fact(name, value);
        }
        Fact("repository", $"{place.Repository}  at {States.ShortCommit(good.Id)} “{good.Message}”");
        Fact("hosts", $"canary {Ports(fleet, canary: true)}; production {Ports(fleet, canary: false)}");

        Chapter("2  A push: build, package, publish, canary, soak, promotion, waves");
        var push = new GitHubPush(Server, scene.WebhookSecret);
        List<Release> releases = [await ReleaseAsync(push, before: null, good, promote: true, cancellation)];
        ProveFirst(releases[0], await fleet.LookAsync(session.Time, cancellation));

        if (_claims.All(claim => claim.Holds))
        {
            Chapter("3  A push with a bug that its own tests do not find");
            var bad = await repository.BreakAsync(cancellation);
            releases.Add(await WatchedReleaseAsync(push, good, bad, releases[0], scene, cancellation));
        }

        var passed = _claims.All(claim => claim.Holds);
        Conclude(releases, passed, session.Time.GetElapsedTime(begin));
        return passed;
    }

    private async Task<Release> ReleaseAsync(
        GitHubPush push,
        PushedCommit? before,
        PushedCommit commit,
        bool promote,
        CancellationToken cancellation
    )
    {
        var answer = await push.SendAsync(before?.Id, commit, cancellation);
        Fact("commit", $"{States.ShortCommit(commit.Id)} “{commit.Message}”");
        Fact(
            "delivery",
            $"POST /webhooks/github  push, {answer.Bytes:N0} bytes, X-Hub-Signature-256: {answer.Signature[..18]}…"
        );
        Fact("answer", $"{(int)answer.Status} in {Words.Duration(answer.Time)}: the push is durable");
        if (!((int)answer.Status is >= 200 and < 300))
        {
            throw new CliException(
                ExitCodes.ReleaseFailed,
                CliCodes.PushRefused,
                $"The server answered {(int)answer.Status} to the push: {answer.Body}",
                $"Look into its log: {place.Log} (with --keep it stays)."
            );
        }
        Screen.Gap();

        var promoted = false;
        var release = await ReleaseOutcome.FollowAsync(
            session,
            $"{DemoFleet.Application}@{commit.Id}",
            new FollowOptions
            {
                Limit = ReleaseLimit,
                PrintsJson = false,
                OnChange = async (now, stop) =>
                {
                    if (promote && !promoted && now.AwaitsPromotion())
                    {
                        promoted = true;
                        await session.Client.DecideAsync(now.Id.ToString(), "promote", session.Decision(), stop);
                    }
                },
            },
            cancellation
        );
        await ReleaseOutcome.ConcludeAsync(session, release, cancellation);
        Screen.Gap();
        if (promote)
        {
            Claim("a person was asked, and promoted it", promoted, promoted ? "promoted by API" : "never asked");
        }
        return release;
    }

    private async Task<Release> WatchedReleaseAsync(
        GitHubPush push,
        PushedCommit good,
        PushedCommit bad,
        Release first,
        DemoScene scene,
        CancellationToken cancellation
    )
    {
        await using var watch = new ProductionWatch(scene.Fleet, session.Time);
        var second = await ReleaseAsync(push, good, bad, promote: false, cancellation);
        var answers = await watch.StopAsync();
        var sights = await scene.Fleet.LookAsync(session.Time, cancellation);
        await ProveSecondAsync(first, second, scene, sights, answers, cancellation);
        return second;
    }

    private void ProveFirst(Release release, IReadOnlyList<Sight> sights)
    {
        Claim("the release is complete", States.Is(release.State, "Completed"), States.Words(release.State));
        ProveHosts("runs it", release.Version, sights);
    }

    private async Task ProveSecondAsync(
        Release first,
        Release second,
        DemoScene scene,
        IReadOnlyList<Sight> sights,
        IReadOnlyDictionary<string, int> answers,
        CancellationToken cancellation
    )
    {
        var build = second.Stages.FirstOrDefault(stage => stage.Name == "build");
        Claim("its own tests passed", States.Is(build?.State, "Succeeded"), States.Words(build?.State));
        var canary = second.Stages.FirstOrDefault(stage => stage.Name == "canary");
        Claim(
            "the canary caught it",
            States.Is(canary?.State, "Failed"),
            canary?.Detail ?? States.Words(canary?.State)
        );
        Claim("it was rolled back", States.Is(second.State, "RolledBack"), States.Words(second.State));

        var touched = await scene.Fleet.TouchedByAsync(second.Version, cancellation);
        Claim("no production host ever had it in its hands", touched.Count == 0, $"dpkg's logs: {Join(touched)}");
        var listed = await scene.Fleet.VersionsInAsync(scene.Packages, "production", cancellation);
        Claim(
            "the production suite lists the version before, and not this one",
            listed.Any(version => version == first.Version) && !listed.Any(version => version == second.Version),
            string.Join(", ", listed)
        );
        var good = Upstream(first.Version);
        Claim(
            "production answered all the while, always as before",
            answers.Count == 1 && answers.ContainsKey(good),
            string.Join(", ", answers.Select(answer => $"{answer.Value} × {answer.Key}"))
        );
        ProveHosts("is on the version before", first.Version, sights);
    }

    private void ProveHosts(string what, string? version, IReadOnlyList<Sight> sights)
    {
        foreach (var sight in sights)
        {
            Claim(
                $"{sight.Host.Name} {what}",
                version is not null && sight.Package == version && sight.Answer == Upstream(version),
                $"dpkg {sight.Package ?? "nothing"}, http://127.0.0.1:{sight.Host.Port}/ {sight.Answer ?? "no answer"}"
            );
        }
    }

    private void Conclude(IReadOnlyList<Release> releases, bool passed, TimeSpan total)
    {
        if (Screen.Json)
        {
            var document = new Output.DemoDocument(passed, total.TotalSeconds, place.Path, _claims, releases);
            Screen.Document(document, json => json.DemoDocument);
            return;
        }

        Chapter("4  Summary");
        Screen.Listing(
            [
                "",
                .. releases.Select(release => new Column(
                    $"{Upstream(release.Version)} ({States.Words(release.State)})"
                )),
            ],
            StageNames(releases)
                .Select(name => (string[])[name, .. releases.Select(release => TimeOf(release, name))])
                .Append(["together", .. releases.Select(Together)]),
            empty: ""
        );
        Screen.Gap();
        foreach (var (name, value) in place.Sights(Server))
        {
            Fact(name, value);
        }
        if (!keep)
        {
            Screen.Note("(gone in a moment; run it with --keep to look around)");
        }
        Screen.Gap();
        var failed = _claims.Count(claim => !claim.Holds);
        Screen.Markup(
            passed
                ? (FormattableString)
                    $"[green]{Screen.Glyphs.Good} All {_claims.Count} claims hold[/], in {Words.Duration(total)}."
                : $"[red]{Screen.Glyphs.Bad} {failed} of {_claims.Count} claims do not hold[/], in {Words.Duration(total)}."
        );
    }

    private static IEnumerable<string> StageNames(IEnumerable<Release> releases) =>
        releases.SelectMany(release => release.Stages.Select(stage => stage.Name)).Distinct();

    private static string TimeOf(Release release, string stage) =>
        release.Stages.FirstOrDefault(candidate => candidate.Name == stage) is { DurationMs: { } milliseconds } found
        && !States.Is(found.State, "Skipped")
            ? Words.Duration(TimeSpan.FromMilliseconds(milliseconds))
            : "-";

    private static string Together(Release release) =>
        release.FinishedAt is { } end ? Words.Duration(end - release.ReceivedAt) : "-";

    // 1.0.0 of 1.0.0-1732374000.g1a2b3c4.
    private static string Upstream(string? version) => version?.Split('-')[0] ?? "?";

    private static string Ports(DemoFleet fleet, bool canary) =>
        string.Join(
            ", ",
            fleet.Hosts.Where(host => host.IsCanary == canary).Select(host => $"{host.Name}:{host.Port}")
        );

    private static string Join(IReadOnlyList<string> names) => names.Count > 0 ? string.Join(", ", names) : "none";

    private void Chapter(string title)
    {
        if (Screen.Json)
        {
            return;
        }
        Screen.Gap();
        if (Screen.Live)
        {
            Screen.Console.Write(new Rule($"[bold yellow]{Markup.Escape(title)}[/]").LeftJustified().RuleStyle("grey"));
        }
        else
        {
            Screen.Line($"== {title}");
        }
    }

    private void Fact(string name, string value)
    {
        if (!Screen.Json)
        {
            Screen.Item(2, $"[grey]{name.PadRight(12)}[/]", $"{value}");
        }
    }

    private void Claim(string text, bool holds, string? found)
    {
        _claims.Add(new(text, holds, found));
        if (!Screen.Json)
        {
            var (glyph, color) = holds ? (Screen.Glyphs.Good, "green") : (Screen.Glyphs.Bad, "red");
            Screen.Item(2, $"[{color}]{glyph}[/]", $"{text} [grey]({found})[/]");
        }
    }
}
