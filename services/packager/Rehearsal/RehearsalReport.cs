using System.Globalization;

namespace Canary.Packager.Rehearsal;

/// <summary>What <c>canary-rehearsal</c> has found out.</summary>
internal sealed record RehearsalReport
{
    /// <summary>What went well, in order, with its time.</summary>
    public required IReadOnlyList<(string Step, TimeSpan Took)> Done { get; init; }

    /// <summary>What went wrong: <c>prompt</c>, <c>hang</c>, <c>failed</c> or <c>left</c>; <c>null</c>: nothing did.</summary>
    public string? Fault { get; init; }

    /// <summary>At which step.</summary>
    public string? FaultyStep { get; init; }

    /// <summary>Which step began and came to no end; <c>null</c>: none.</summary>
    public string? Unfinished { get; init; }

    /// <summary>What was left after the purge.</summary>
    public required IReadOnlyList<string> Left { get; init; }

    /// <summary>Why nothing was found out.</summary>
    public string? Unmet { get; init; }

    /// <summary>Why nothing was found out about the way to this version and back.</summary>
    public string? Before { get; init; }

    /// <summary>Reads the file that it has written; a line that is none is passed over.</summary>
    public static RehearsalReport Read(IEnumerable<string> lines)
    {
        var done = new List<(string, TimeSpan)>();
        var left = new List<string>();
        string? fault = null;
        string? step = null;
        string? unmet = null;
        string? before = null;
        string? unfinished = null;
        foreach (var line in lines)
        {
            switch (line.Split(' ', 2))
            {
                case ["begun", var begun]:
                    unfinished = begun;
                    break;
                case ["ok", var rest] when rest.Split(' ') is [var name, var took]:
                    done.Add((name, Milliseconds(took)));
                    unfinished = null;
                    break;
                case ["fault", var rest] when rest.Split(' ') is [var kind, var at, _]:
                    (fault, step) = (kind, at);
                    break;
                case ["left", var path]:
                    left.Add(path);
                    break;
                case ["unmet", var text]:
                    unmet = text;
                    break;
                case ["before", var text]:
                    before = text;
                    break;
                default:
                    break;
            }
        }

        return new RehearsalReport
        {
            Done = done,
            Fault = fault,
            FaultyStep = step,
            Unfinished = unfinished,
            Left = left,
            Unmet = unmet,
            Before = before,
        };
    }

    private static TimeSpan Milliseconds(string text) =>
        int.TryParse(text, CultureInfo.InvariantCulture, out var number)
            ? TimeSpan.FromMilliseconds(number)
            : TimeSpan.Zero;
}
