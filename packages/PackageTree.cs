namespace Canary.Packages;

/// <summary>A directory that a package is made of; it goes when it is disposed of.</summary>
internal sealed class PackageTree : IDisposable
{
    /// <summary>Its absolute path.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("canary-package-").FullName;

    /// <summary>Absolute path of a file in it, whose directory is made.</summary>
    public string Of(string path)
    {
        var file = System.IO.Path.Combine(Path, path);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        return file;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
