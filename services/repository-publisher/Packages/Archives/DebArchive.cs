using Canary.Failures;

namespace Canary.RepositoryPublisher.Packages.Archives;

/// <summary>
/// The one way to what is in a package file. It has exactly the members <c>debian-binary</c>, <c>control.tar</c> and
/// <c>data.tar</c>, in this order and nothing behind them, so that no two programs can find two packages in one file.
/// </summary>
internal sealed class DebArchive : IDisposable
{
    private const string Control = "control.tar";
    private const string Data = "data.tar";

    private readonly FileStream _file;
    private readonly ArMember _control;
    private readonly ArMember _data;

    private DebArchive(FileStream file)
    {
        _file = file;
        if (ArArchive.List(file) is not [{ Name: "debian-binary" } format, { } control, { } data])
        {
            throw InvalidPackage.Because($"its members are not debian-binary, {Control} and {Data}");
        }

        CheckFormat(format);
        _control = Named(control, Control);
        _data = Named(data, Data);
    }

    /// <summary>Size of the compressed files.</summary>
    public long DataSize => _data.Size;

    /// <exception cref="CanaryException">It is no package.</exception>
    public static DebArchive Open(string path)
    {
        var file = File.OpenRead(path);
        try
        {
            return new DebArchive(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The tar archive of what the package says of itself.</summary>
    public Stream OpenControl() => Unpack(_control, Control);

    /// <summary>The tar archive of its files.</summary>
    public Stream OpenData() => Unpack(_data, Data);

    public void Dispose() => _file.Dispose();

    private void CheckFormat(ArMember format)
    {
        Span<byte> content = stackalloc byte[4];
        if (
            format.Size != content.Length
            || RandomAccess.Read(_file.SafeFileHandle, content, format.Offset) != content.Length
            || !content.SequenceEqual("2.0\n"u8)
        )
        {
            throw InvalidPackage.Because("its format version is not 2.0");
        }
    }

    private static ArMember Named(ArMember member, string name) =>
        member.Name.StartsWith(name, StringComparison.Ordinal)
        && member.Name[name.Length..] is "" or ".gz" or ".xz" or ".zst"
            ? member
            : throw InvalidPackage.Because(
                $"it has a member {member.Name} in place of {name}; known are {name}, .gz, .xz and .zst"
            );

    private Stream Unpack(ArMember member, string name)
    {
        var bytes = new MemberStream(_file, member);
        return member.Name[name.Length..] switch
        {
            ".gz" => new UnpackingStream(bytes, new GzipDecoder()),
            ".xz" => new UnpackingStream(bytes, new XzDecoder()),
            ".zst" => new UnpackingStream(bytes, new ZstdDecoder()),
            _ => bytes,
        };
    }
}
