namespace Canary.Processes.Workspaces;

/// <summary>Files that git has laid out, and how git finds them again.</summary>
/// <param name="GitDirectory">Where the objects are.</param>
/// <param name="Files">Where the files are.</param>
/// <param name="IndexFile">What git has noted of them.</param>
internal sealed record WorkTree(string GitDirectory, string Files, string IndexFile)
{
    public IReadOnlyList<string> Options => ["-C", Files, "--git-dir", GitDirectory, "--work-tree", Files];

    public (string Name, string Value) Index => ("GIT_INDEX_FILE", IndexFile);

    /// <summary>Whether a file of this name may be among them, in any directory. An index has paths as they are
    /// (gitformat-index(5), versions 2 and 3; only a setting makes git write another one).</summary>
    public bool Mentions(ReadOnlySpan<byte> name) => File.ReadAllBytes(IndexFile).AsSpan().IndexOf(name) >= 0;
}
