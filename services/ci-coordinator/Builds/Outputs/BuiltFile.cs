using System.Globalization;
using System.Text;

namespace Canary.CiCoordinator.Builds.Outputs;

/// <summary>What stands at a path of a build's files.</summary>
internal enum BuiltKind
{
    /// <summary>A file.</summary>
    File,

    /// <summary>A file that may be executed.</summary>
    Executable,

    /// <summary>A symbolic link.</summary>
    Link,

    /// <summary>A device, named pipe or socket.</summary>
    Special,

    /// <summary>A directory that cannot be read.</summary>
    Unreadable,
}

/// <summary>One thing that is in the files of a build.</summary>
internal sealed record BuiltFile
{
    private const char Replacement = '\uFFFD';

    public required string Path { get; init; }

    public required BuiltKind Kind { get; init; }

    public required long Size { get; init; }

    /// <summary>How many names the file has, here or elsewhere.</summary>
    public required int Links { get; init; }

    public required ulong Inode { get; init; }

    public string? Target { get; init; }

    public bool IsFile => Kind is BuiltKind.File or BuiltKind.Executable;

    /// <summary>Whether a package can have its name.</summary>
    public string? FaultOfName =>
        Path.Contains(Replacement, StringComparison.Ordinal)
        || Target?.Contains(Replacement, StringComparison.Ordinal) == true
            ? "is not UTF-8"
        : Path.Any(char.IsControl) ? "has a line break or another control character"
        : null;

    /// <summary>Reads a list.</summary>
    /// <param name="files">The files.</param>
    /// <param name="most">How many are read.</param>
    /// <param name="take">Gets each; the directory may have them in any order.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Whether that is all of them.</returns>
    /// <exception cref="Failures.CanaryException">They cannot be read.</exception>
    public static async Task<bool> ListAsync(
        IBuildFiles files,
        int most,
        Action<BuiltFile> take,
        CancellationToken cancellation
    )
    {
        await using var answer = FilesAnswer.To(files, FilesRequest.List(most), cancellation);
        for (var count = 0; ; count++)
        {
            var record = Encoding.UTF8.GetString(await answer.ReadRecordAsync(cancellation));
            if (record is "end" or "many" || count > most)
            {
                return record == "end";
            }

            var file = Parse(record) ?? throw FilesAnswer.Unreadable("what came of them is no list");
            take(
                file.Kind == BuiltKind.Link
                    ? file with
                    {
                        Target = Encoding.UTF8.GetString(await answer.ReadTextAsync(cancellation)),
                    }
                    : file
            );
        }
    }

    private static BuiltFile? Parse(string record)
    {
        var fields = record.Split(' ', 5);
        return
            fields.Length == 5
            && KindOf(fields[0]) is { } kind
            && long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            && int.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var links)
            && ulong.TryParse(fields[3], NumberStyles.None, CultureInfo.InvariantCulture, out var inode)
            ? new BuiltFile
            {
                Path = fields[4],
                Kind = kind,
                Size = size,
                Links = links,
                Inode = inode,
            }
            : null;
    }

    private static BuiltKind? KindOf(string letter) =>
        letter switch
        {
            "f" => BuiltKind.File,
            "x" => BuiltKind.Executable,
            "l" => BuiltKind.Link,
            "o" => BuiltKind.Special,
            "u" => BuiltKind.Unreadable,
            _ => null,
        };
}
