namespace Canary.Testing;

/// <summary>File modes that tests use by name.</summary>
public static class FileModes
{
    /// <summary><c>a+x</c></summary>
    public const UnixFileMode Execute =
        UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary><c>0777</c></summary>
    public const UnixFileMode Everything = (UnixFileMode)0x1FF;

    /// <summary><c>0600</c></summary>
    public const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary><c>0700</c></summary>
    public const UnixFileMode PrivateDirectory = Private | UnixFileMode.UserExecute;
}
