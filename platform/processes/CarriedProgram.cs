using System.Diagnostics;
using System.Reflection;

namespace Canary.Processes;

/// <summary>A program of ours that comes along as a part of an assembly, as a file that can be run.</summary>
/// <param name="assembly">Which has it as a resource.</param>
/// <param name="name">Name of the resource, and of the file.</param>
/// <param name="directory">Where the file is put; it is created.</param>
public sealed class CarriedProgram(Assembly assembly, string name, string directory)
{
    private readonly Lock _gate = new();
    private bool _isWritten;

    /// <summary>Absolute path of the file, which is as new as this process.</summary>
    public string Path
    {
        get
        {
            var path = System.IO.Path.Combine(directory, name);
            lock (_gate)
            {
                if (!_isWritten)
                {
                    Write(path);
                    _isWritten = true;
                }
            }

            return path;
        }
    }

    private void Write(string path)
    {
        using var source =
            assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is no part of {assembly.GetName().Name}.");
        Directory.CreateDirectory(directory);
        var draft = $"{path}.{Guid.NewGuid():N}.new";
        using (var file = File.Create(draft))
        {
            source.CopyTo(file);
        }

        var program = $"{draft}.program";
        CopyFromOutside(draft, program);
        File.Delete(draft);
        File.Move(program, path, overwrite: true);
    }

    // A process that another thread starts inherits, for a moment, whatever this one has open for writing, and a file that is open for
    // writing anywhere cannot be run ("text file busy"). So what is run was never open in this process.
    private static void CopyFromOutside(string source, string program)
    {
        using var copy = Process.Start(
            new ProcessStartInfo("install", ["--mode=755", "--", source, program]) { RedirectStandardError = true }
        )!;
        var errors = copy.StandardError.ReadToEnd().Trim();
        copy.WaitForExit();
        if (copy.ExitCode != 0)
        {
            throw new IOException($"{program} could not be written: {errors}");
        }
    }
}
