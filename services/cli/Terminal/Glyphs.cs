namespace Canary.Cli.Terminal;

/// <summary>The signs of a stage's state, for terminals that have them and for those that do not.</summary>
internal sealed record Glyphs(string Good, string Bad, string Pending, string Waiting, string Skipped, string Bar)
{
    public required IReadOnlyList<string> Spinner { get; init; }

    /// <summary>Where a text is shortened.</summary>
    public required string Ellipsis { get; init; }

    public static Glyphs Unicode { get; } =
        new("✓", "✗", "·", "…", "–", "━")
        {
            Spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"],
            Ellipsis = "…",
        };

    public static Glyphs Ascii { get; } =
        new("ok", "!!", ".", "?", "-", "=") { Spinner = ["|", "/", "-", "\\"], Ellipsis = "..." };

    public string Of(string state, int frame) =>
        state.ToLowerInvariant() switch
        {
            "succeeded" => Good,
            "failed" => Bad,
            "running" => Spinner[frame % Spinner.Count],
            "waiting" => Waiting,
            "skipped" => Skipped,
            _ => Pending,
        };
}
