using System.Xml.Linq;
using Canary.Testing;

namespace Canary.Architecture.Tests;

/// <summary>A project file, as text: no build is needed to check it.</summary>
internal sealed class Project
{
    private Project(string file)
    {
        var xml = XDocument.Load(file);
        File = file;
        Name = Path.GetFileNameWithoutExtension(file);
        References =
        [
            .. Includes(xml, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path)).Order(),
        ];
        Packages = [.. Includes(xml, "PackageReference").Order()];
    }

    public static IReadOnlyList<Project> All { get; } =
    [.. SourceFiles.Find("*.csproj").Select(file => new Project(SourceTree.PathOf(file))).OrderBy(p => p.Name)];

    public string File { get; }

    public string Folder => Path.GetDirectoryName(File)!;

    public string Name { get; }

    public bool IsService => Parent == "services";

    public bool IsPlatform => Parent == "platform";

    /// <summary>The program around a service.</summary>
    public bool IsProgram => Path.GetFileName(Folder) == "program";

    private string? Parent => Path.GetFileName(Path.GetDirectoryName(Folder));

    public IReadOnlyList<string> References { get; }

    public IReadOnlyList<string> Packages { get; }

    private static IEnumerable<string> Includes(XDocument xml, string element) =>
        xml.Descendants(element).Select(item => item.Attribute("Include")!.Value);
}
