using System.Reflection;
using Canary.Files;

namespace Canary.Deployer.Transport.Local;

/// <summary>The programs that simulated hosts run, as files: they come with the deployer.</summary>
internal sealed class HostPrograms(DataDirectory data)
{
    private readonly Lock _gate = new();
    private bool _isWritten;

    /// <summary>What carries out requests: <c>hosts/canary-apply</c>.</summary>
    public string Apply => PathOf("canary-apply");

    /// <summary>What makes a machine of a directory: <c>hosts/canary-machine</c>.</summary>
    public string Machine => PathOf("canary-machine");

    private string PathOf(string name)
    {
        lock (_gate)
        {
            if (!_isWritten)
            {
                Write("canary-apply");
                Write("canary-machine");
                _isWritten = true;
            }
        }

        return In(name);
    }

    private string In(string name) => Path.Combine(data.For(DeployerModule.Name), "programs", name);

    private void Write(string name)
    {
        using var source =
            Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is no part of the deployer.");
        var path = In(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var draft = $"{path}.{Guid.NewGuid():N}.new";
        using (var file = File.Create(draft))
        {
            source.CopyTo(file);
        }

        File.SetUnixFileMode(
            draft,
            UnixFileMode.UserRead
                | UnixFileMode.UserWrite
                | UnixFileMode.UserExecute
                | UnixFileMode.GroupRead
                | UnixFileMode.GroupExecute
                | UnixFileMode.OtherRead
                | UnixFileMode.OtherExecute
        );
        File.Move(draft, path, overwrite: true);
    }
}
