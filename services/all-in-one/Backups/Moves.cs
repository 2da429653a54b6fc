namespace Canary.AllInOne.Backups;

/// <summary>Moves that can be taken back.</summary>
internal sealed class Moves
{
    private readonly Stack<(string From, string To)> _made = new();

    /// <summary>Moves a file, a link or a directory within a file system.</summary>
    public void Move(string from, string to)
    {
        Rename(from, to);
        _made.Push((from, to));
    }

    /// <summary>Takes back what was moved, the last first.</summary>
    public void Undo()
    {
        while (_made.TryPop(out var move))
        {
            Rename(move.To, move.From);
        }
    }

    private static void Rename(string from, string to)
    {
        if (new FileInfo(from).LinkTarget is null && Directory.Exists(from))
        {
            Directory.Move(from, to);
        }
        else
        {
            File.Move(from, to);
        }
    }
}
