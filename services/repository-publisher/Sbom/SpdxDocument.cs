using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Canary.RepositoryPublisher.Packages;
using Canary.RepositoryPublisher.Packages.Archives;

namespace Canary.RepositoryPublisher.Sbom;

/// <summary>
/// What a package holds, in the form of SPDX 2.3 (https://spdx.github.io/spdx-spec/v2.3/), as JSON. It follows from the package file
/// alone: the same file, the same bytes. Files are written while they are read, so it costs little memory however many there are.
/// </summary>
internal sealed partial class SpdxDocument
{
    private const string Unknown = "NOASSERTION";
    private const string Document = "SPDXRef-DOCUMENT";
    private const string Package = "SPDXRef-Package";
    private const int LargestCopyright = 1 << 20;

    private static readonly string[] Requiring = ["Pre-Depends", "Depends"];

    private readonly DebFile _package;
    private readonly string _sha256;
    private readonly Utf8JsonWriter _json;
    private readonly List<string> _files = [];
    private long _newest;
    private string _license = Unknown;

    private SpdxDocument(DebFile package, string sha256, Utf8JsonWriter json)
    {
        _package = package;
        _sha256 = sha256;
        _json = json;
    }

    /// <summary>Writes the document of a package.</summary>
    /// <param name="archive">The package.</param>
    /// <param name="sha256">Checksum of its file.</param>
    /// <param name="limit">How much it may unpack to.</param>
    /// <param name="output">Where to.</param>
    /// <exception cref="Canary.Failures.CanaryException">It cannot be read.</exception>
    public static void Write(DebArchive archive, string sha256, UnpackingLimit limit, Stream output)
    {
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true });
        var package = DebFile.Read(archive);
        using var data = archive.OpenData();
        new SpdxDocument(package, sha256, json).Write(new TarEntries(data, limit));
    }

    private void Write(TarEntries entries)
    {
        var name = Path.GetFileNameWithoutExtension(_package.FileName);
        _json.WriteStartObject();
        _json.WriteString("spdxVersion", "SPDX-2.3");
        _json.WriteString("dataLicense", "CC0-1.0");
        _json.WriteString("SPDXID", Document);
        _json.WriteString("name", name);
        _json.WriteString("documentNamespace", $"https://spdx.org/spdxdocs/{Uri.EscapeDataString(name)}-{_sha256}");
        WriteFiles(entries);
        var required = WritePackages();
        WriteRelationships(required);
        _json.WriteStartObject("creationInfo");
        _json.WriteString(
            "created",
            DateTimeOffset
                .FromUnixTimeSeconds(_newest)
                .ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)
        );
        Strings("creators", ["Tool: canary"]);
        _json.WriteEndObject();
        _json.WriteEndObject();
        _json.Flush();
    }

    private void WriteFiles(TarEntries entries)
    {
        _json.WriteStartArray("files");
        while (entries.Next() is { } entry)
        {
            _newest = Math.Max(_newest, entry.ModifiedAt);
            if (entry.Kind == TarKind.File)
            {
                WriteFile(entries, entry);
            }
        }

        _json.WriteEndArray();
    }

    private void WriteFile(TarEntries entries, TarEntry entry)
    {
        // SPDX 2.3, 8.4 demands it of each file; nothing is trusted because of it.
#pragma warning disable CA5350
        using var sha1 = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (entry.Path == $"usr/share/doc/{_package.Name}/copyright" && entry.Size <= LargestCopyright)
        {
            var copyright = entries.ReadFile("the copyright file", LargestCopyright);
            sha1.AppendData(copyright);
            sha256.AppendData(copyright);
            _license = LicenseOf(Encoding.UTF8.GetString(copyright)) ?? Unknown;
        }
        else
        {
            entries.ReadFile(piece =>
            {
                sha1.AppendData(piece);
                sha256.AppendData(piece);
            });
        }

        var checksum = Convert.ToHexStringLower(sha1.GetHashAndReset());
        _files.Add(checksum);
        _json.WriteStartObject();
        _json.WriteString("SPDXID", IdOf(_files.Count));
        _json.WriteString("fileName", $"./{entry.Path}");
        _json.WriteStartArray("checksums");
        Checksum("SHA1", checksum);
        Checksum("SHA256", Convert.ToHexStringLower(sha256.GetHashAndReset()));
        _json.WriteEndArray();
        _json.WriteString("licenseConcluded", Unknown);
        _json.WriteString("copyrightText", Unknown);
        _json.WriteEndObject();
        _json.Flush();
    }

    private List<string> WritePackages()
    {
        var required = Requiring
            .SelectMany(field => Relations.NamesIn(_package.Control, field))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        _json.WriteStartArray("packages");
        _json.WriteStartObject();
        _json.WriteString("SPDXID", Package);
        _json.WriteString("name", _package.Name);
        _json.WriteString("versionInfo", $"{_package.Version}");
        _json.WriteString("packageFileName", _package.FileName);
        _json.WriteString("supplier", SupplierOf(_package.Control["Maintainer"]));
        _json.WriteString("downloadLocation", Unknown);
        _json.WriteBoolean("filesAnalyzed", _files.Count > 0);
        if (_files.Count > 0)
        {
            _json.WriteStartObject("packageVerificationCode");
            _json.WriteString("packageVerificationCodeValue", VerificationCode());
            _json.WriteEndObject();
        }

        if (_package.Control["Homepage"] is { } homepage)
        {
            _json.WriteString("homepage", homepage);
        }

        if (CommitSyntax().Match($"{_package.Version}") is { Success: true } commit)
        {
            _json.WriteString("sourceInfo", $"built from commit {commit.Groups[1].Value}");
        }

        _json.WriteString("licenseConcluded", Unknown);
        _json.WriteString("licenseDeclared", _license);
        _json.WriteString("copyrightText", Unknown);
        _json.WriteString("primaryPackagePurpose", "APPLICATION");
        _json.WriteStartArray("checksums");
        Checksum("SHA256", _sha256);
        _json.WriteEndArray();
        _json.WriteStartArray("externalRefs");
        _json.WriteStartObject();
        _json.WriteString("referenceCategory", "PACKAGE-MANAGER");
        _json.WriteString("referenceType", "purl");
        _json.WriteString(
            "referenceLocator",
            $"pkg:deb/{_package.Name}@{Uri.EscapeDataString($"{_package.Version}")}?arch={_package.Architecture}"
        );
        _json.WriteEndObject();
        _json.WriteEndArray();
        _json.WriteEndObject();
        for (var i = 0; i < required.Count; i++)
        {
            _json.WriteStartObject();
            _json.WriteString("SPDXID", RequiredId(i));
            _json.WriteString("name", required[i]);
            _json.WriteString("downloadLocation", Unknown);
            _json.WriteBoolean("filesAnalyzed", false);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
        return required;
    }

    private void WriteRelationships(List<string> required)
    {
        _json.WriteStartArray("relationships");
        Relationship(Document, "DESCRIBES", Package);
        for (var i = 0; i < required.Count; i++)
        {
            Relationship(Package, "DEPENDS_ON", RequiredId(i));
        }

        for (var i = 1; i <= _files.Count; i++)
        {
            Relationship(Package, "CONTAINS", IdOf(i));
        }

        _json.WriteEndArray();
    }

    private void Relationship(string from, string type, string to)
    {
        _json.WriteStartObject();
        _json.WriteString("spdxElementId", from);
        _json.WriteString("relationshipType", type);
        _json.WriteString("relatedSpdxElement", to);
        _json.WriteEndObject();
    }

    private void Checksum(string algorithm, string value)
    {
        _json.WriteStartObject();
        _json.WriteString("algorithm", algorithm);
        _json.WriteString("checksumValue", value);
        _json.WriteEndObject();
    }

    private void Strings(string name, IEnumerable<string> values)
    {
        _json.WriteStartArray(name);
        foreach (var value in values)
        {
            _json.WriteStringValue(value);
        }

        _json.WriteEndArray();
    }

    /// <summary>SPDX 2.3, 7.9.</summary>
    private string VerificationCode()
    {
        var sorted = string.Concat(_files.Order(StringComparer.Ordinal));
        // The specification says so.
#pragma warning disable CA5350
        return Convert.ToHexStringLower(SHA1.HashData(Encoding.ASCII.GetBytes(sorted)));
#pragma warning restore CA5350
    }

    private static string SupplierOf(string? maintainer) =>
        maintainer is null ? Unknown
        : MaintainerSyntax().Match(maintainer) is { Success: true } match
            ? $"Person: {match.Groups[1].Value} ({match.Groups[2].Value})"
        : $"Person: {maintainer}";

    /// <summary>The license that a machine-readable copyright file (DEP 5) names, if SPDX knows it by that name.</summary>
    private static string? LicenseOf(string copyright) =>
        copyright
            .Split('\n')
            .Where(line => line.StartsWith("License: ", StringComparison.Ordinal))
            .Select(line => line["License: ".Length..].Trim())
            .FirstOrDefault(SpdxLicenses.Contains);

    private static string IdOf(int file) => string.Create(CultureInfo.InvariantCulture, $"SPDXRef-File-{file}");

    private static string RequiredId(int number) =>
        string.Create(CultureInfo.InvariantCulture, $"SPDXRef-Required-{number + 1}");

    [GeneratedRegex(@"\A(.+?)\s*<([^>]+)>\z")]
    private static partial Regex MaintainerSyntax();

    [GeneratedRegex(@"[.+~]g([0-9a-f]{7,40})\z")]
    private static partial Regex CommitSyntax();
}
