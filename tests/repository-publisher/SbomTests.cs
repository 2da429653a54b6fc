using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Canary.RepositoryPublisher.Catalog;
using Canary.RepositoryPublisher.Packages.Archives;
using Canary.RepositoryPublisher.Pool;
using Canary.RepositoryPublisher.Sbom;
using Canary.RepositoryPublisher.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Canary.RepositoryPublisher.Tests;

/// <summary>What a package holds, said in SPDX 2.3.</summary>
public sealed class SbomTests : IAsyncLifetime
{
    private const string Tree = "shop_1.0-1767225600.g0123456_all";

    private readonly TempDirectory _directory = new();
    private Repository _repository = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _repository = await Repository.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _repository.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Every_file_stands_in_it_with_its_checksums_and_the_commits_time()
    {
        var bill = Parse(await WriteAsync(await BuildAsync()));

        var files = bill["files"]!.AsArray().ToDictionary(file => Text(file!["fileName"]));
        files.Keys.ShouldBe(["./opt/shop/one", "./opt/shop/two", "./usr/share/doc/shop/copyright"], ignoreOrder: true);
        Checksum(files["./opt/shop/one"]!, "SHA256").ShouldBe(Convert.ToHexStringLower(SHA256.HashData("first"u8)));
        Text(bill["creationInfo"]!["created"]).ShouldBe("2026-01-01T00:00:00Z");
        var package = bill["packages"]![0]!;
        Text(package["versionInfo"]).ShouldBe("1.0-1767225600.g0123456");
        Text(package["sourceInfo"]).ShouldBe("built from commit 0123456");
        Text(package["licenseDeclared"]).ShouldBe("Apache-2.0");
        Text(package["supplier"]).ShouldBe("Person: Ada (ada@example.org)");
        Text(bill["packages"]![1]!["name"]).ShouldBe("nodejs");
    }

    /// <summary>The mandatory fields, and what they may be: SPDX 2.3, clauses 6 (document), 7 (package), 8 (file) and 11
    /// (relationship), in the names that schemas/spdx-schema.json of that version gives them.</summary>
    [Fact]
    public async Task It_has_all_that_the_specification_demands()
    {
        var bill = Parse(await WriteAsync(await BuildAsync()));

        Text(bill["spdxVersion"]).ShouldBe("SPDX-2.3");
        Text(bill["dataLicense"]).ShouldBe("CC0-1.0");
        Text(bill["SPDXID"]).ShouldBe("SPDXRef-DOCUMENT");
        Text(bill["name"]).ShouldNotBeEmpty();
        var place = new Uri(Text(bill["documentNamespace"]));
        place.Fragment.ShouldBeEmpty("6.5: no '#'.");
        bill["creationInfo"]!["creators"]!.AsArray().Select(it => Text(it)).ShouldAllBe(it => it.StartsWith("Tool: "));
        DateTimeOffset.ParseExact(
            Text(bill["creationInfo"]!["created"]),
            "yyyy-MM-dd'T'HH:mm:ss'Z'",
            CultureInfo.InvariantCulture
        );

        var ids = new List<string> { "SPDXRef-DOCUMENT" };
        foreach (var package in bill["packages"]!.AsArray())
        {
            ids.Add(Text(package!["SPDXID"]));
            Text(package["name"]).ShouldNotBeEmpty();
            Text(package["downloadLocation"]).ShouldBe("NOASSERTION");
            var isAnalyzed = package["filesAnalyzed"]!.GetValue<bool>();
            (package["packageVerificationCode"] is not null).ShouldBe(isAnalyzed, "7.9: exactly then.");
        }

        foreach (var file in bill["files"]!.AsArray())
        {
            ids.Add(Text(file!["SPDXID"]));
            Text(file["fileName"]).ShouldStartWith("./");
            Checksum(file, "SHA1").Length.ShouldBe(40, "8.4: SHA1 is mandatory.");
        }

        ids.ShouldBeUnique();
        ids.ShouldAllBe(id => System.Text.RegularExpressions.Regex.IsMatch(id, @"\ASPDXRef-[A-Za-z0-9.-]+\z"));
        var relationships = bill["relationships"]!.AsArray();
        foreach (var relationship in relationships)
        {
            ids.ShouldContain(Text(relationship!["spdxElementId"]));
            ids.ShouldContain(Text(relationship["relatedSpdxElement"]));
        }

        relationships
            .GroupBy(it => Text(it!["relationshipType"]))
            .ToDictionary(it => it.Key, it => it.Count())
            .ShouldBe(
                new Dictionary<string, int>
                {
                    ["DESCRIBES"] = 1,
                    ["DEPENDS_ON"] = 1,
                    ["CONTAINS"] = 3,
                },
                ignoreOrder: true
            );

        // 7.9: the SHA1 of all SHA1s, sorted.
        var all = string.Concat(
            bill["files"]!.AsArray().Select(file => Checksum(file!, "SHA1")).Order(StringComparer.Ordinal)
        );
        Text(bill["packages"]![0]!["packageVerificationCode"]!["packageVerificationCodeValue"])
            .ShouldBe((await ProcessRunner.OutputOfAsync("sha1sum", [_directory.WriteFile("sums", all)]))[..40]);
    }

    [Fact]
    public async Task Same_package_same_bytes()
    {
        var package = await BuildAsync();

        (await WriteAsync(package)).ShouldBe(await WriteAsync(package));
    }

    [Fact]
    public async Task It_stands_beside_its_package_is_served_and_goes_with_it()
    {
        await _repository.ReleaseAsync("shop", "2.0");
        await _repository.PublishAsync("shop", "1.0");
        await _repository.Services.GetRequiredService<SbomWriter>().RefreshAsync(Cancellation);

        const string path = "pool/main/s/shop/shop_1.0_all.spdx.json";
        using var served = await _repository.Http.GetAsync($"repository/{path}", Cancellation);
        served.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
        Text(Parse(await served.Content.ReadAsByteArrayAsync(Cancellation))["packages"]![0]!["versionInfo"])
            .ShouldBe("1.0");
        await _repository.InScopeAsync(async services =>
        {
            var package = await services.GetRequiredService<PackageCatalog>().FindAsync("shop", "1.0", Cancellation);
            package!.Files.Single().Sbom.ShouldBe(path);
            var found = await services
                .GetRequiredService<RepositoryVerifier>()
                .VerifyAsync(readsFiles: true, Cancellation);
            found.Faults.ShouldBeEmpty();
            return 0;
        });

        await _repository.Pool.SweepAsync(Cancellation);
        var late = new FakeTimeProvider(TimeProvider.System.GetUtcNow() + TimeSpan.FromDays(31));
        await ActivatorUtilities.CreateInstance<PackagePool>(_repository.Services, late).SweepAsync(Cancellation);

        Directory
            .GetFiles(Path.Combine(_repository.Layout.Public, "pool/main/s/shop"))
            .Select(Path.GetFileName)
            .ShouldBe(["shop_2.0_all.deb", "shop_2.0_all.spdx.json"], ignoreOrder: true);
    }

    private async Task<string> BuildAsync()
    {
        _directory.WriteFile($"{Tree}/opt/shop/one", "first");
        _directory.WriteFile($"{Tree}/opt/shop/two", "second");
        _directory.WriteFile(
            $"{Tree}/usr/share/doc/shop/copyright",
            "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: Apache-2.0\n"
        );
        _directory.WriteFile(
            $"{Tree}/DEBIAN/control",
            """
            Package: shop
            Version: 1.0-1767225600.g0123456
            Architecture: all
            Maintainer: Ada <ada@example.org>
            Depends: nodejs (>= 18)
            Description: an application

            """
        );
        var file = _directory.Combine($"{Tree}.deb");
        (
            await ProcessRunner.RunAsync(
                "dpkg-deb",
                ["--root-owner-group", "--build", _directory.Combine(Tree), file],
                environment: new Dictionary<string, string?> { ["SOURCE_DATE_EPOCH"] = "1767225600" }
            )
        ).EnsureSuccess();
        return file;
    }

    private static async Task<byte[]> WriteAsync(string package)
    {
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(package, Cancellation)));
        using var archive = DebArchive.Open(package);
        using var output = new MemoryStream();
        SpdxDocument.Write(archive, sha256, new UnpackingLimit(1 << 20, () => throw new IOException()), output);
        return output.ToArray();
    }

    private static JsonNode Parse(byte[] json) => JsonNode.Parse(json)!;

    private static string Text(JsonNode? node) => node.ShouldNotBeNull().GetValue<string>();

    private static string Checksum(JsonNode file, string algorithm) =>
        Text(file["checksums"]!.AsArray().Single(it => Text(it!["algorithm"]) == algorithm)!["checksumValue"]);
}
