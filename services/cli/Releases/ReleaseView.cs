using System.Globalization;
using Canary.Cli.Api;
using Canary.Cli.Terminal;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Canary.Cli.Releases;

/// <summary>
/// Draws a release for people: each stage as a bar on one time axis, so that a look tells where the time went, then its
/// hosts, then why it failed and what to do.
/// </summary>
internal static class ReleaseView
{
    private const int BarWidth = 30;

    /// <param name="release">What to draw.</param>
    /// <param name="glyphs">The signs that the terminal has.</param>
    /// <param name="now">Where running bars end.</param>
    /// <param name="frame">Counts up; turns the signs of what runs.</param>
    public static IRenderable Draw(Release release, Glyphs glyphs, DateTimeOffset now, int frame = 0)
    {
        var parts = new List<IRenderable> { Title(release), Origin(release) };
        if (release.Deployment is { } deployment)
        {
            parts.Add(Line($"[grey]deployed again for {deployment.By ?? ""}  {deployment.Reason ?? ""}[/]"));
        }
        if (release.Output is { } output)
        {
            parts.Add(Line($"[grey]with {Built(output)}[/]"));
        }
        parts.Add(Text.Empty);
        parts.Add(Stages(release, glyphs, now, frame));
        if (release.Hosts.Count > 0)
        {
            parts.Add(Text.Empty);
            parts.Add(Hosts(release, glyphs, frame));
        }
        if (release.WaitingFor is { Length: > 0 } waitingFor && !release.IsFinal())
        {
            parts.Add(Text.Empty);
            parts.Add(Line($"[yellow]{glyphs.Waiting} {waitingFor}[/]"));
        }
        foreach (var warning in release.Warnings ?? [])
        {
            parts.Add(Text.Empty);
            parts.Add(Line($"[yellow]{warning}[/]"));
        }
        if (release.Failure is { } failure)
        {
            parts.Add(Text.Empty);
            parts.Add(FailurePanel(failure));
        }
        return new Padder(new Rows(parts), new Padding(1, 0, 1, 0));
    }

    public static TimeSpan? Duration(Stage stage, DateTimeOffset now) =>
        stage switch
        {
            { DurationMs: { } milliseconds } => TimeSpan.FromMilliseconds(milliseconds),
            { StartedAt: { } started, FinishedAt: { } finished } => finished - started,
            { StartedAt: { } started } when !States.Is(stage.State, "Skipped") => Positive(now - started),
            _ => null,
        };

    public static string Built(BuildOutput output) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{output.Files:N0} built files, {output.ContentSize:N0} bytes, SHA-256 {output.Sha256}"
        );

    private static Markup Title(Release release)
    {
        var phase = release.Standing();
        var color = Words.ColorOfState(phase) ?? "white";
        var name = $"{release.Application} {release.Version}".TrimEnd();
        return Line($"[bold]{name}[/]  [{color}]{phase}[/]");
    }

    private static Markup Origin(Release release)
    {
        if (release.Upload is { } package)
        {
            return Line(
                $"[grey]{release.Id.Short()}  package {package.Name} from elsewhere, uploaded by {release.Pusher ?? ""}  SHA-256 {package.Sha256}[/]"
            );
        }

        var commit = States.ShortCommit(release.Commit);
        return Line(
            $"[grey]{release.Id.Short()}  {release.Branch ?? ""} {commit}  {release.Title ?? ""}  {release.Pusher ?? ""}[/]"
        );
    }

    private static Grid Stages(Release release, Glyphs glyphs, DateTimeOffset now, int frame)
    {
        var begin = release.Stages.Min(stage => stage.StartedAt) ?? release.ReceivedAt;
        var end = release.FinishedAt ?? release.Stages.Max(stage => stage.FinishedAt) ?? now;
        if (!release.IsFinal() && end < now)
        {
            end = now;
        }
        var span = Math.Max((end - begin).TotalSeconds, 0.001);

        var grid = new Grid();
        grid.AddColumn(new GridColumn().NoWrap().PadLeft(0).PadRight(1));
        grid.AddColumn(new GridColumn().NoWrap().PadLeft(0).PadRight(2));
        grid.AddColumn(new GridColumn().NoWrap().Width(BarWidth).PadLeft(0).PadRight(2));
        grid.AddColumn(new GridColumn().NoWrap().RightAligned().PadLeft(0).PadRight(2));
        grid.AddColumn(new GridColumn().PadLeft(0).PadRight(0));
        foreach (var stage in release.Stages)
        {
            var color = Words.ColorOfState(stage.State) ?? "grey";
            var duration = Duration(stage, now);
            var detail =
                stage.IsNotReached(release) ? "not reached"
                : stage.Attempts > 1 ? $"{stage.Detail} (attempt {stage.Attempts})".TrimStart()
                : stage.Detail ?? "";
            grid.AddRow(
                Line($"[{color}]{glyphs.Of(stage.State, frame)}[/]"),
                new Text(stage.Name),
                Bar(stage, glyphs, color, now, begin, span),
                new Text(duration is { } time ? Words.Duration(time) : ""),
                Line($"[grey]{detail}[/]")
            );
        }
        return grid;
    }

    private static Markup Bar(
        Stage stage,
        Glyphs glyphs,
        string color,
        DateTimeOffset now,
        DateTimeOffset begin,
        double span
    )
    {
        if (stage.StartedAt is not { } started || States.Is(stage.State, "Skipped"))
        {
            return new Markup("");
        }
        var from = Cell((started - begin).TotalSeconds / span);
        var to = Math.Max(from + 1, Cell(((stage.FinishedAt ?? now) - begin).TotalSeconds / span));
        from = Math.Min(from, BarWidth - 1);
        to = Math.Min(to, BarWidth);
        var bar = string.Concat(Enumerable.Repeat(glyphs.Bar, to - from));
        return Line($"{new string(' ', from)}[{color}]{bar}[/]");

        static int Cell(double share) => (int)Math.Round(Math.Clamp(share, 0, 1) * BarWidth);
    }

    private static Grid Hosts(Release release, Glyphs glyphs, int frame)
    {
        var grid = new Grid();
        grid.AddColumn(new GridColumn().NoWrap().PadLeft(2).PadRight(2));
        grid.AddColumn(new GridColumn().PadLeft(0).PadRight(0));
        foreach (var step in release.Hosts.GroupBy(host => host.Step))
        {
            var hosts = step.Select(host =>
            {
                var color = Words.ColorOfState(host.State) ?? "grey";
                var name = Markup.Escape(host.Name);
                var why =
                    host.Failure is { } failure ? $" [grey]({Markup.Escape(failure.Message)})[/]"
                    : host.IsNotReached(release) ? " [grey](not reached)[/]"
                    : "";
                return $"[{color}]{glyphs.Of(host.State, frame)}[/] {name}{why}";
            });
            grid.AddRow(Line($"[grey]{step.Key}[/]"), new Markup(string.Join("  ", hosts)));
        }
        return grid;
    }

    private static Panel FailurePanel(Failure failure)
    {
        var rows = new List<IRenderable> { new Text(failure.Message) };
        if (failure.Remedy is { Length: > 0 } remedy)
        {
            rows.Add(Line($"[grey]{remedy}[/]"));
        }
        return new Panel(new Rows(rows))
            .Header($"[red]{Markup.Escape(failure.Code)}[/]")
            .BorderColor(Color.Red)
            .RoundedBorder();
    }

    private static TimeSpan Positive(TimeSpan span) => span < TimeSpan.Zero ? TimeSpan.Zero : span;

    private static Markup Line(FormattableString markup) => Markup.FromInterpolated(markup);
}
