using System.Text;
using Canary.Packager.Deb;
using Canary.Packager.Source;

namespace Canary.Packager.Output;

/// <summary>The list of built files that a package brings, as <c>sha256sum --check</c> reads it in the root of a host.</summary>
internal static class OutputList
{
    /// <param name="package">Name of the package.</param>
    /// <param name="items">What it holds.</param>
    /// <returns><c>null</c>: none of it was built.</returns>
    public static PackageItem? Make(string package, IEnumerable<PackageItem> items)
    {
        var text = new StringBuilder();
        foreach (var item in items.Where(item => item.BuiltSha256 is not null))
        {
            // So coreutils writes names that have a backslash.
            var escaped = item.Path.Replace(@"\", @"\\", StringComparison.Ordinal);
            text.Append(escaped.Length > item.Path.Length ? "\\" : "")
                .Append(item.BuiltSha256)
                .Append("  ")
                .Append(escaped)
                .Append('\n');
        }

        var content = Encoding.UTF8.GetBytes(text.ToString());
        return content.Length == 0
            ? null
            : new PackageItem
            {
                Path = $"usr/share/doc/{package}/build-output.sha256",
                Kind = FileKind.File,
                Size = content.Length,
                Content = content,
            };
    }
}
