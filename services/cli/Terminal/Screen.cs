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

    /// <summary>A line of a list: where the terminal breaks it, it goes on below its own text.</summary>
    public void Item(int indent, FormattableString sign, FormattableString text)
    {
        if (Live)
        {
            var line = new Grid();
            line.AddColumn(new GridColumn().NoWrap().PadLeft(indent).PadRight(1));
            line.AddColumn(new GridColumn().PadLeft(0).PadRight(0));
            line.AddRow(Spectre.Console.Markup.FromInterpolated(sign), Spectre.Console.Markup.FromInterpolated(text));
            Console.Write(line);
            return;
        }
        Console.Write(new string(' ', indent));
        Console.MarkupInterpolated(sign);
        Console.Write(" ");
        Console.MarkupLineInterpolated(text);
    }

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

    /// <summary>Something to type or to open, in one piece however narrow the terminal is; nothing in JSON mode.</summary>
    public void Hint(string what, string text)
    {
        if (!Json)
        {
            _environment.Error.WriteLine($"  {what}: {text}");
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

    /// <summary>A list of things: a table for people whose terminal has room for one; otherwise aligned columns under a line of
    /// names.</summary>
    public void Listing(IReadOnlyList<Column> columns, IEnumerable<IReadOnlyList<string>> rows, string empty)
    {
        var all = rows.ToList();
        if (all.Count == 0)
        {
            Note(empty);
            return;
        }

        if (Live && TableLayout.Fit(columns, all, Console.Profile.Width) is { } shown)
        {
            Console.Write(TableOf(shown, all));
            return;
        }

        var widths = columns
            .Select((column, i) => all.Max(row => Math.Max(column.Name.Length, row[i].Length)))
            .ToList();
        foreach (var row in all.Prepend([.. columns.Select(column => column.Name)]))
        {
            Line(string.Join("  ", row.Zip(widths, (cell, width) => cell.PadRight(width))).TrimEnd());
        }
    }

    private Table TableOf(IReadOnlyList<TableLayout.Share> shown, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new Table().Border(TableBorder.Simple).BorderColor(Color.Grey);
        foreach (var share in shown)
        {
            var header = $"[grey]{Spectre.Console.Markup.Escape(share.Column.Name)}[/]";
            table.AddColumn(new TableColumn(header) { Width = share.Width, NoWrap = !share.Column.Wraps });
        }
        foreach (var row in rows)
        {
            table.AddRow([.. shown.Select(share => new Markup(Cell(row[share.Place], share)))]);
        }
        return table;
    }

    private string Cell(string text, TableLayout.Share share)
    {
        var shown = share.Column.Wraps ? text : TableLayout.Shorten(text, share.Width, Glyphs.Ellipsis);
        return Words.ColorOfState(text) is { } color
            ? $"[{color}]{Spectre.Console.Markup.Escape(shown)}[/]"
            : Spectre.Console.Markup.Escape(shown);
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
