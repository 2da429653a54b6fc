namespace Canary.Files;

/// <summary>The failures of platform/files: codes for scripts, what they mean, and what to do. docs/errors.md is made of them.</summary>
public static class FilesCodes
{
    /// <summary>The data directory cannot be made or written to.</summary>
    /// <remarks>Choose another one with <c>--data</c> or <c>CANARY_DATA</c>, or give the service's user the right to write there.</remarks>
    public const string DataDirectoryUnusable = "data-directory-unusable";

    /// <summary>A file system has no space, no quota or no room for so large a file.</summary>
    /// <remarks>Free space there or move the data directory to a larger file system. Then release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string DiskFull = "disk-full";
}
