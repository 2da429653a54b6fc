using System.Formats.Tar;
using System.IO.Compression;
using System.Text.RegularExpressions;
using Canary.Failures;
using ZstdSharp;

namespace Canary.RepositoryPublisher.Packages;

/// <summary>What a <c>.deb</c> says about itself. Nothing that a message says about it is believed over this.</summary>
internal sealed partial record DebFile(
    string Name,
    DebianVersion Version,
    string Architecture,
    ControlParagraph Control
)
{
    /// <summary>Control members of real packages are a few hundred kilobytes at most; more is an attack on our
    /// memory.</summary>
    private const int ControlLimit = 32 << 20;

    private const int LongestFileName = 255;

    /// <summary>As Debian's archive names the file.</summary>
    public string FileName => $"{Name}_{Version.WithoutEpoch}_{Architecture}.deb";

    /// <summary>Reads and checks the control data of a package file.</summary>
    /// <exception cref="CanaryException">It is not a package that the repository can take.</exception>
    public static DebFile Read(string path)
    {
        using var file = File.OpenRead(path);
        var members = ArArchive.List(file).Where(member => !member.Name.StartsWith('_')).ToList();
        if (members is not [{ Name: "debian-binary" }, { } control, { } data])
        {
            throw InvalidPackage.Because("its members are not debian-binary, control.tar and data.tar");
        }

        if (!data.Name.StartsWith("data.tar", StringComparison.Ordinal) || data.Size == 0)
        {
            throw InvalidPackage.Because("it has no data.tar");
        }

        if (ReadMember(file, members[0]) is not [(byte)'2', (byte)'.', ..])
        {
            throw InvalidPackage.Because("its format version is not 2");
        }

        return From(ControlParagraph.Parse(ControlFileOf(Unpack(control.Name, ReadMember(file, control)))));
    }

    /// <summary>Reads and checks the control data itself.</summary>
    /// <exception cref="CanaryException">It is not that of a package that the repository can take.</exception>
    public static DebFile From(ControlParagraph control)
    {
        var name = Required(control, "Package");
        var version = Required(control, "Version");
        var architecture = Required(control, "Architecture");
        if (!PackageName.IsValid(name))
        {
            throw InvalidPackage.Because($"'{name}' is not a package name that Debian allows");
        }

        if (!ArchitectureSyntax().IsMatch(architecture))
        {
            throw InvalidPackage.Because($"'{architecture}' is not an architecture name");
        }

        var package = new DebFile(
            name,
            DebianVersion.TryParse(version)
                ?? throw InvalidPackage.Because($"'{version}' is not a version that Debian allows"),
            architecture,
            control
        );
        return package.FileName.Length <= LongestFileName
            ? package
            : throw InvalidPackage.Because("its name and version are too long for a file name");
    }

    private static string Required(ControlParagraph control, string field) =>
        control[field] is { Length: > 0 } value
            ? value
            : throw InvalidPackage.Because($"its control file lacks the field {field}");

    private static byte[] ReadMember(FileStream file, ArMember member)
    {
        if (member.Size > ControlLimit)
        {
            throw InvalidPackage.Because($"its member {member.Name} is too large");
        }

        var bytes = new byte[member.Size];
        file.Position = member.Offset;
        file.ReadExactly(bytes);
        return bytes;
    }

    private static byte[] Unpack(string name, byte[] bytes) =>
        name switch
        {
            "control.tar" => bytes,
            "control.tar.gz" => ReadToLimit(new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress)),
            "control.tar.zst" => ReadToLimit(new DecompressionStream(new MemoryStream(bytes))),
            "control.tar.xz" => Xz.Decompress(bytes, ControlLimit),
            _ => throw InvalidPackage.Because($"its second member is {name}; known are control.tar, .gz, .xz and .zst"),
        };

    private static byte[] ReadToLimit(Stream stream)
    {
        try
        {
            using (stream)
            {
                using var unpacked = new MemoryStream();
                var buffer = new byte[64 << 10];
                int read;
                while ((read = stream.Read(buffer)) > 0)
                {
                    unpacked.Write(buffer, 0, read);
                    if (unpacked.Length > ControlLimit)
                    {
                        throw InvalidPackage.Because("its control member unpacks to too much");
                    }
                }

                return unpacked.ToArray();
            }
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or ZstdException)
        {
            throw InvalidPackage.Because("its control member does not unpack");
        }
    }

    private static byte[] ControlFileOf(byte[] tar)
    {
        try
        {
            using var reader = new TarReader(new MemoryStream(tar));
            while (reader.GetNextEntry() is { } entry)
            {
                if (entry.Name is "control" or "./control" && entry.DataStream is { } data)
                {
                    var bytes = new byte[entry.Length];
                    data.ReadExactly(bytes);
                    return bytes;
                }
            }
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw InvalidPackage.Because("its control member is no tar archive");
        }

        throw InvalidPackage.Because("its control member has no file control");
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9-]*\z")]
    private static partial Regex ArchitectureSyntax();
}
