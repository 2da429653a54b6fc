using System.Text;
using Canary.Hosting;

namespace Canary.CiCoordinator.Builds;

/// <summary>A script that every application has, and how to start it.</summary>
internal sealed record ConventionScript
{
    /// <summary>Name in the repository, for example <c>script/cibuild</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Absolute path of the program to run: the script itself, or its interpreter if it is not executable.</summary>
    public required string Program { get; init; }

    public required IReadOnlyList<string> Arguments { get; init; }

    /// <exception cref="CanaryException"><c>script-missing</c> or <c>script-not-executable</c>.</exception>
    public static ConventionScript Find(string tree, string name)
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
            return new ConventionScript
            {
                Name = name,
                Program = path,
                Arguments = [],
            };
        }
        return ReadInterpreter(path) is [var program, .. var arguments]
            ? new ConventionScript
            {
                Name = name,
                Program = program,
                Arguments = [.. arguments, path],
            }
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
