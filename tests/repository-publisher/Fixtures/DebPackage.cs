using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Canary.Contracts.Packaging;
using Canary.Testing;

namespace Canary.RepositoryPublisher.Tests.Fixtures;

/// <summary>A small valid package, made in memory in the form that <c>dpkg-deb</c> makes.</summary>
internal sealed record DebPackage(PackageReference Reference, byte[] Bytes)
{
    private static readonly DateTimeOffset Time = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public string Sha256 => Reference.Sha256;

    /// <summary>Has dpkg-deb make a package of a tree.</summary>
    /// <returns>The file, beside the tree.</returns>
    public static async Task<string> BuildAsync(string tree, string compression)
    {
        var file = $"{tree}.deb";
        await ProcessRunner.OutputOfAsync(
            "dpkg-deb",
            ["--root-owner-group", "--uniform-compression", $"-Z{compression}", "--build", tree, file]
        );
        return file;
    }

    public static DebPackage Create(
        string name = "shop",
        string version = "1.0",
        string architecture = "all",
        string? content = null,
        string fields = ""
    )
    {
        var control = $"""
            Package: {name}
            Version: {version}
            Architecture: {architecture}
            Maintainer: Ada <ada@example.org>
            Installed-Size: 1
            Priority: optional
            {fields}Description: an application
             It is {name}.

            """;
        var bytes = FromControl(control, $"opt/{name}/version", content ?? $"{version}\n");
        return new DebPackage(
            new PackageReference
            {
                Name = name,
                Version = version,
                Architecture = architecture,
                Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes)),
                Size = bytes.Length,
            },
            bytes
        );
    }

    public static byte[] FromControl(string control, string path = "opt/x", string content = "x") =>
        Ar(
            ("debian-binary", "2.0\n"u8.ToArray()),
            ("control.tar.gz", Gzip(Tar(("./control", control)))),
            ("data.tar.gz", Gzip(Tar((path, content))))
        );

    public static byte[] FromData(string member, byte[] content) =>
        Ar(
            ("debian-binary", "2.0\n"u8.ToArray()),
            (
                "control.tar",
                Tar(("./control", "Package: shop\nVersion: 1.0\nArchitecture: all\nDescription: a shop\n"))
            ),
            (member, content)
        );

    public static byte[] Ar(params IEnumerable<(string Name, byte[] Content)> members)
    {
        using var archive = new MemoryStream();
        archive.Write("!<arch>\n"u8);
        foreach (var (name, content) in members)
        {
            archive.Write(
                Encoding.ASCII.GetBytes(
                    $"{name, -16}{Time.ToUnixTimeSeconds(), -12}0     0     100644  {content.Length, -10}`\n"
                )
            );
            archive.Write(content);
            if (content.Length % 2 == 1)
            {
                archive.WriteByte((byte)'\n');
            }
        }

        return archive.ToArray();
    }

    public static byte[] Gzip(byte[] bytes, CompressionLevel level = CompressionLevel.Fastest)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, level))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }

    public static byte[] Tar(string path, string content) => Tar((path, content));

    private static byte[] Tar((string Path, string Content) file)
    {
        using var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, TarEntryFormat.Gnu))
        {
            var directories = file.Path.Split('/')[..^1];
            for (var depth = 1; depth <= directories.Length; depth++)
            {
                Add(
                    writer,
                    new GnuTarEntry(TarEntryType.Directory, $"{string.Join('/', directories[..depth])}/")
                    {
                        Mode = FileModes.PrivateDirectory,
                    }
                );
            }

            using var content = new MemoryStream(Encoding.UTF8.GetBytes(file.Content));
            Add(writer, new GnuTarEntry(TarEntryType.RegularFile, file.Path) { DataStream = content });
        }

        return tar.ToArray();
    }

    private static void Add(TarWriter writer, GnuTarEntry entry)
    {
        entry.ModificationTime = Time;
        entry.UserName = entry.GroupName = "root";
        writer.WriteEntry(entry);
    }
}
