namespace Canary.Metadata;

/// <summary>The failures of platform/metadata: codes for scripts, what they mean, and what to do. docs/errors.md is made of them.</summary>
public static class MetadataCodes
{
    /// <summary>A metadata file cannot be read.</summary>
    /// <remarks>Correct the line that the message names.</remarks>
    public const string MetadataSyntax = "metadata-syntax";

    /// <summary>A value in a metadata file is not what its key takes.</summary>
    /// <remarks>Correct it as the message says.</remarks>
    public const string MetadataValueInvalid = "metadata-value-invalid";
}
