using System.Security.Cryptography;

namespace Canary.Fuzzing.Tests;

/// <summary>Inputs that are kept: those that once showed an error, and are to show it never again.</summary>
internal sealed class Corpus(string target)
{
    public string Folder { get; } = SourceTree.PathOf("tests", "fuzzing", "corpus", target);

    public IReadOnlyList<string> Files =>
        Directory.Exists(Folder) ? [.. Directory.GetFiles(Folder).Order(StringComparer.Ordinal)] : [];

    public IEnumerable<byte[]> Inputs => Files.Select(File.ReadAllBytes);

    /// <returns>The file, relative to the repository.</returns>
    public string Keep(byte[] input)
    {
        var file = Path.Combine(Folder, $"found-{Convert.ToHexStringLower(SHA256.HashData(input))[..12]}");
        Directory.CreateDirectory(Folder);
        File.WriteAllBytes(file, input);
        return Path.GetRelativePath(SourceTree.Root, file);
    }
}
