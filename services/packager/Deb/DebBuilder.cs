using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Canary.Durability.Storage;
using Canary.Failures;
using Canary.Packager.Source;

namespace Canary.Packager.Deb;

/// <summary>A package file.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Sha256">SHA-256, lower-case hexadecimal.</param>
/// <param name="Size">Size in bytes.</param>
internal sealed record BuiltPackage(string Path, string Sha256, long Size);

/// <summary>
/// Builds a Debian package (deb(5)) in this process. Contents stream through: memory does not grow with them. The control
/// member stands first but holds the checksums of the data, so the data is compressed into a file of its own and copied
/// behind it, hashed on the way.
/// </summary>
/// <param name="threads">How many threads may compress; the bytes do not depend on it.</param>
internal sealed class DebBuilder(int threads)
{
    /// <summary>Below what the garbage collector treats as large.</summary>
    private const int BufferSize = 80 << 10;

    /// <summary>Builds a package.</summary>
    /// <param name="spec">What it is made of.</param>
    /// <param name="path">File to write; one that exists is replaced. A second file beside it holds intermediate data and is
    /// removed again.</param>
    /// <param name="cancellationToken">Stops between two pieces of a file.</param>
    /// <exception cref="CanaryException">It could not be built; names the cause.</exception>
    public BuiltPackage Build(PackageSpec spec, string path, CancellationToken cancellationToken = default)
    {
        try
        {
            using var spool = new FileStream(
                path + ".data",
                new FileStreamOptions
                {
                    Mode = FileMode.Create,
                    Access = FileAccess.ReadWrite,
                    Options = FileOptions.DeleteOnClose,
                    BufferSize = 0,
                }
            );
            var sums = WriteData(spec, spool, cancellationToken);
            using var control = new MemoryStream();
            WriteControl(spec, sums, control);

            using var file = new FileStream(
                path,
                new FileStreamOptions
                {
                    Mode = FileMode.Create,
                    Access = FileAccess.Write,
                    BufferSize = 0,
                }
            );
            using var package = new HashingStream(file);
            var ar = new ArWriter(package, spec.Time);
            var extension = spec.Compression.Extension();
            ar.Begin();
            ar.WriteMember("debian-binary", "2.0\n"u8);
            ar.WriteMember($"control.tar{extension}", control.GetBuffer().AsSpan(0, (int)control.Length));
            ar.BeginMember($"data.tar{extension}", spool.Length);
            spool.Position = 0;
            CopyAll(spool, package, cancellationToken);
            ar.EndMember(spool.Length);
            return new BuiltPackage(path, package.FinishHash(), file.Length);
        }
        catch (IOException e) when (StorageFault.From(e, Path.GetDirectoryName(path)!) is { } fault)
        {
            throw fault;
        }
    }

    [SuppressMessage("Security", "CA5351", Justification = "dpkg's md5sums detect damage; apt checks SHA-256.")]
    private StringBuilder WriteData(PackageSpec spec, Stream spool, CancellationToken cancellationToken)
    {
        var sums = new StringBuilder();
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            using var contents = new StoredContents();
            using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
            using var compressor = spec.Compression.Open(spool, spec.ContentSize, threads);
            using var output = new BufferedStream(new LeaveOpen(compressor), BufferSize);
            var tar = new TarWriter(output, spec.Time);
            tar.WriteDirectory(".");
            foreach (var item in spec.Items)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var name = "./" + item.Path;
                switch (item.Kind)
                {
                    case FileKind.Directory:
                        tar.WriteDirectory(name, item.Mode, OwnerOf(item));
                        break;
                    case FileKind.Link:
                        tar.WriteLink(name, item.Target!);
                        break;
                    default:
                        tar.BeginFile(name, item.Executable, item.Size, item.Mode, OwnerOf(item));
                        WriteContent(item, contents, output, md5, buffer, cancellationToken);
                        tar.EndFile(item.Size);
                        AppendSum(sums, md5, item.Path);
                        break;
                }
            }

            tar.Finish();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return sums;
    }

    private static void WriteContent(
        PackageItem item,
        StoredContents contents,
        Stream output,
        IncrementalHash md5,
        byte[] buffer,
        CancellationToken cancellationToken
    )
    {
        if (item.Content is not null)
        {
            md5.AppendData(item.Content);
            output.Write(item.Content);
            return;
        }

        var done = 0L;
        while (done < item.Size)
        {
            // A file of its own that has grown is found out by reading on; behind another one's content the next one's begins.
            var most = item.Source!.Offset is null ? BufferSize : (int)Math.Min(BufferSize, item.Size - done);
            var read = contents.Read(item.Source, buffer.AsSpan(0, most), done);
            if (read == 0 || done + read > item.Size)
            {
                throw Changed(item);
            }

            var piece = buffer.AsSpan(0, read);
            md5.AppendData(piece);
            output.Write(piece);
            done += read;
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static CanaryException Changed(PackageItem item) =>
        new(
            PackagerCodes.SourceChanged,
            $"{SourceTree.Show(item.Path)} changed its size while it was being packaged.",
            $"See that nothing else works in the packager's data directory, then {Remedies.ReleaseAgain}."
        );

    private static void AppendSum(StringBuilder sums, IncrementalHash md5, string path)
    {
        Span<byte> sum = stackalloc byte[16];
        md5.GetHashAndReset(sum);
        sums.Append(Convert.ToHexStringLower(sum)).Append("  ").Append(path).Append('\n');
    }

    private void WriteControl(PackageSpec spec, StringBuilder sums, MemoryStream target)
    {
        var files = new List<(string Name, byte[] Content, bool Executable)> { ("control", ControlFile(spec), false) };
        AddLines("conffiles", spec.Conffiles);
        AddLines("triggers", spec.Triggers);

        if (sums.Length > 0)
        {
            files.Add(("md5sums", Encoding.UTF8.GetBytes(sums.ToString()), false));
        }

        files.AddRange(spec.Scripts.Select(script => (script.Name, script.Content, true)));

        using var compressor = spec.Compression.Open(target, files.Sum(file => (long)file.Content.Length), threads);
        using var output = new BufferedStream(new LeaveOpen(compressor), BufferSize);
        var tar = new TarWriter(output, spec.Time);
        tar.WriteDirectory(".");
        foreach (var (name, content, executable) in files.OrderBy(file => file.Name, StringComparer.Ordinal))
        {
            tar.WriteFile("./" + name, executable, content);
        }

        tar.Finish();

        void AddLines(string name, IReadOnlyList<string> lines)
        {
            if (lines.Count > 0)
            {
                files.Add((name, Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))), false));
            }
        }
    }

    /// <summary>Who is not on every host is made there, and what is theirs handed over then.</summary>
    private static FileOwner OwnerOf(PackageItem item) => item.Owner.IsEverywhere ? item.Owner : FileOwner.Root;

    private static byte[] ControlFile(PackageSpec spec)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in spec.Fields)
        {
            text.Append(name).Append(": ").Append(value).Append('\n');
            if (name == "Maintainer")
            {
                text.Append(CultureInfo.InvariantCulture, $"Installed-Size: {InstalledSize.Of(spec)}\n");
            }
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void CopyAll(Stream source, Stream target, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (source.Read(buffer) is > 0 and var read)
            {
                cancellationToken.ThrowIfCancellationRequested();
                target.Write(buffer.AsSpan(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>A compressor that outlives the buffer before it.</summary>
    private sealed class LeaveOpen(Stream target) : WriteOnlyStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => target.Write(buffer);
    }

    /// <summary>Hashes what is written through it.</summary>
    private sealed class HashingStream(Stream target) : WriteOnlyStream
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _hash.AppendData(buffer);
            target.Write(buffer);
        }

        public string FinishHash() => Convert.ToHexStringLower(_hash.GetHashAndReset());

        protected override void Dispose(bool disposing)
        {
            _hash.Dispose();
            base.Dispose(disposing);
        }
    }
}
