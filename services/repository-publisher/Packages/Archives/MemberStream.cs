namespace Canary.RepositoryPublisher.Packages.Archives;

/// <summary>The bytes of one member of an archive, from front to back.</summary>
internal sealed class MemberStream(FileStream file, ArMember member) : ReadOnlyStream
{
    private long _position;

    public override int Read(Span<byte> buffer)
    {
        var rest = member.Size - _position;
        var read = RandomAccess.Read(
            file.SafeFileHandle,
            buffer[..(int)Math.Min(buffer.Length, rest)],
            member.Offset + _position
        );
        _position += read;
        return read;
    }
}
