using System.Text;
using Canary.Failures;

namespace Canary.CiCoordinator.Builds;

/// <summary>A script that every application has, and how to start it.</summary>
/// <param name="Name">Name in the repository, for example <c>script/cibuild</c>.</param>
/// <param name="Interpreter">What runs it, with an argument perhaps; empty: itself, because it is executable.</param>
internal sealed record ConventionScript(string Name, IReadOnlyList<string> Interpreter)
{
    /// <summary>Both scripts of a commit, in the order in which they run.</summary>
    /// <exception cref="CanaryException"><c>script-missing</c> or <c>script-not-executable</c>.</exception>
    public static IReadOnlyList<ConventionScript> FindBoth(string tree) =>
        [Find(tree, "script/cisetup"), Find(tree, "script/cibuild")];

    /// <summary>Program and arguments that run it in a tree.</summary>
    public IReadOnlyList<string> CommandIn(string tree) => [.. Interpreter, Path.Combine(tree, Name)];

    private static ConventionScript Find(string tree, string name)
    {
        var path = Path.Combine(tree, name);
        if (!File.Exists(path))
        {
            throw new CanaryException(
                "script-missing",
                $"The repository has no {name}.",
                $"Add an executable {name}; it may consist of '#!/bin/sh' and 'exit 0'."
            );
        }
        const UnixFileMode executable =
            UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        if ((File.GetUnixFileMode(path) & executable) != 0)
        {
            return new ConventionScript(name, []);
        }
        return ReadInterpreter(path) is { Length: > 0 } interpreter
            ? new ConventionScript(name, interpreter)
            : throw new CanaryException(
                "script-not-executable",
                $"{name} is neither executable nor starts with a line such as '#!/bin/sh'.",
                $"Run 'git update-index --chmod=+x {name}', commit and push."
            );
    }

    /// <summary>The first line, as the kernel reads it (execve(2)): an interpreter and at most one argument.</summary>
    private static string[] ReadInterpreter(string path)
    {
        Span<byte> start = stackalloc byte[256];
        using var file = File.OpenRead(path);
        start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        var end = start.IndexOf((byte)'\n');
        if (!start.StartsWith("#!"u8) || end < 0)
        {
            return [];
        }
        return Encoding
            .UTF8.GetString(start[2..end])
            .Split([' ', '\t'], 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
