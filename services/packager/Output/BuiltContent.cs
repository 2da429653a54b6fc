using Canary.Packager.Source;

namespace Canary.Packager.Output;

/// <summary>The content of a file that a build made.</summary>
/// <param name="Content">Where it is; <c>null</c>: it is a link.</param>
/// <param name="Sha256">Its SHA-256, lower-case hexadecimal; <c>null</c>: it is a link.</param>
internal sealed record BuiltContent(StoredContent? Content, string? Sha256)
{
    public static BuiltContent OfLink { get; } = new(null, null);
}
