using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Canary.Cli.Api;
using Spectre.Console;

namespace Canary.Cli.Terminal;

/// <summary>How a command speaks: to a person at a terminal, as plain lines, or as JSON.</summary>
internal sealed class Screen
{
    // Lines are cut by whoever reads them, never by us.
    private const int UnlimitedWidth = 100_000;

    private readonly CliEnvironment _environment;

    public Screen(CliEnvironment environment, bool json, bool color)
    {
        _environment = environment;
        Json = json;
        Live = _environment.OutIsTerminal && !json;
        Console = Create(_environment.Out, Live, color);
        Notes = Create(_environment.Error, _environment.OutIsTerminal, color);
        Glyphs = Live && Console.Profile.Capabilities.Unicode ? Glyphs.Unicode : Glyphs.Ascii;
    }

    public bool Json { get; }

    /// <summary>Whether a person watches: bars, colours and boxes; otherwise plain lines.</summary>
    public bool Live { get; }

    /// <summary>Whether a question would be seen and could be answered.</summary>
    public bool CanAsk => Live && _environment.InIsTerminal;

    public IAnsiConsole Console { get; }

    /// <summary>Standard error: notes that are not the answer.</summary>
    public IAnsiConsole Notes { get; }

    public Glyphs Glyphs { get; }

    public void Line(string text = "") => _environment.Out.WriteLine(text);

    /// <summary>An empty line for the eye.</summary>
    public void Gap()
    {
        if (Live)
        {
            Line();
        }
    }

    public void Markup(FormattableString markup) => Console.MarkupLineInterpolated(markup);

    public void Document<T>(T document, Func<ApiJson, JsonTypeInfo<T>> type) =>
        _environment.Out.WriteLine(JsonSerializer.Serialize(document, type(ApiJson.Indented)));

    public void DocumentLine<T>(T document, Func<ApiJson, JsonTypeInfo<T>> type)
    {
        _environment.Out.WriteLine(JsonSerializer.Serialize(document, type(ApiJson.Lines)));
        _environment.Out.Flush();
    }

    /// <summary>Something that the person should know and that is no error; nothing in JSON mode.</summary>
    public void Note(string text)
    {
        if (!Json)
        {
            Notes.MarkupLineInterpolated($"[grey]{text}[/]");
        }
    }

    public void Report(CliException error)
    {
        if (Json)
        {
            var document = new Output.ErrorDocument(new(error.Code, error.Message, error.Remedy, error.ExitCode));
            _environment.Error.WriteLine(JsonSerializer.Serialize(document, ApiJson.Indented.ErrorDocument));
            return;
        }
        Notes.MarkupLineInterpolated($"[red]error:[/] {error.Message}");
        Notes.MarkupLineInterpolated($"  [grey]{error.Remedy}[/]");
    }

    /// <summary>A list of things: a table for people; otherwise aligned columns under a line of names.</summary>
    public void Listing(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows, string empty)
    {
        var all = rows.ToList();
        if (all.Count == 0)
        {
            Note(empty);
            return;
        }

        if (Live)
        {
            var table = new Table().Border(TableBorder.Simple).BorderColor(Color.Grey);
            foreach (var column in columns)
            {
                var header = $"[grey]{Spectre.Console.Markup.Escape(column)}[/]";
                // Only the last column holds free text.
                table.AddColumn(new TableColumn(header) { NoWrap = column != columns[^1] });
            }
            foreach (var row in all)
            {
                table.AddRow([.. row.Select(cell => new Markup(Tint(cell)))]);
            }
            Console.Write(table);
            return;
        }

        var widths = columns.Select((name, i) => all.Max(row => Math.Max(name.Length, row[i].Length))).ToArray();
        foreach (var row in all.Prepend(columns))
        {
            Line(string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
        }
    }

    private static string Tint(string cell)
    {
        var text = Spectre.Console.Markup.Escape(cell);
        return Words.ColorOfState(cell) is { } color ? $"[{color}]{text}[/]" : text;
    }

    private IAnsiConsole Create(TextWriter writer, bool terminal, bool color)
    {
        var console = _environment.CreateConsole(
            new AnsiConsoleSettings
            {
                Out = new AnsiConsoleOutput(writer),
                Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
                ColorSystem = terminal && color ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
                Interactive = terminal ? InteractionSupport.Detect : InteractionSupport.No,
            }
        );
        if (!terminal)
        {
            console.Profile.Width = UnlimitedWidth;
        }
        return console;
    }
}
