using System.Globalization;
using System.Security.Cryptography;

namespace Canary.Recipes.Tests;

/// <summary>Keeps files of a repository as <c>git lfs</c> does: a pointer in the work tree, the content beside git's own (git-lfs
/// docs/spec.md).</summary>
internal static class LargeFiles
{
    /// <summary>Puts a pointer in the place of each file at the top that has a name like this.</summary>
    public static async Task KeepAsync(string repository, string pattern)
    {
        foreach (var file in Directory.GetFiles(repository, pattern))
        {
            var content = await File.ReadAllBytesAsync(file);
            var digest = Convert.ToHexStringLower(SHA256.HashData(content));
            var place = Path.Combine(repository, ".git", "lfs", "objects", digest[..2], digest[2..4]);
            Directory.CreateDirectory(place);
            await File.WriteAllBytesAsync(Path.Combine(place, digest), content);
            await File.WriteAllTextAsync(
                file,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {content.Length}\n"
                )
            );
        }
    }
}
