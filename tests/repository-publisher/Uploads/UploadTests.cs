using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Canary.RepositoryPublisher.Tests.Fixtures;

namespace Canary.RepositoryPublisher.Tests.Uploads;

public sealed class UploadTests
{
    [Fact]
    public async Task Upload_is_stored_once()
    {
        await using var repository = await Repository.StartAsync();
        var package = DebPackage.Create();

        (await PutAsync(repository, package.Sha256, package.Bytes)).StatusCode.ShouldBe(HttpStatusCode.Created);
        (await PutAsync(repository, package.Sha256, package.Bytes)).StatusCode.ShouldBe(HttpStatusCode.OK);

        Directory.GetFiles(repository.Layout.Incoming).Select(Path.GetFileName).ShouldBe([$"{package.Sha256}.deb"]);
    }

    [Fact]
    public async Task Upload_that_comes_again_waits_as_long_as_a_new_one()
    {
        await using var repository = await Repository.StartAsync();
        var package = DebPackage.Create();
        await PutAsync(repository, package.Sha256, package.Bytes);
        var file = Path.Combine(repository.Layout.Incoming, $"{package.Sha256}.deb");
        File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);

        (await PutAsync(repository, package.Sha256, package.Bytes)).StatusCode.ShouldBe(HttpStatusCode.OK);

        File.GetLastWriteTimeUtc(file).ShouldBeGreaterThan(DateTime.UnixEpoch);
    }

    [Fact]
    public async Task Upload_of_a_published_package_is_accepted_and_not_kept()
    {
        await using var repository = await Repository.StartAsync();
        var package = await repository.PublishAsync("shop", "1.0");

        (await PutAsync(repository, package.Sha256, package.Bytes)).StatusCode.ShouldBe(HttpStatusCode.OK);

        Directory.GetFiles(repository.Layout.Incoming).ShouldBeEmpty();
    }

    [Fact]
    public async Task Upload_needs_the_service_token()
    {
        await using var repository = await Repository.StartAsync();
        var package = DebPackage.Create();
        var operatorToken = await File.ReadAllTextAsync(Path.Combine(repository.Data, "secrets", "api-token"));

        repository.Http.DefaultRequestHeaders.Authorization = null;
        (await PutAsync(repository, package.Sha256, package.Bytes)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        repository.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            operatorToken.Trim()
        );
        (await PutAsync(repository, package.Sha256, package.Bytes)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);

        Directory.GetFiles(repository.Layout.Incoming).ShouldBeEmpty();
    }

    [Fact]
    public async Task Wrong_checksum_is_refused()
    {
        await using var repository = await Repository.StartAsync();

        await ShouldBeRefusedAsync(
            repository,
            await PutAsync(repository, new string('0', 64), DebPackage.Create().Bytes),
            HttpStatusCode.BadRequest,
            "checksum-mismatch"
        );
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("..%2F..%2Fetc%2Fpasswd")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000.deb")]
    public async Task Malformed_checksum_is_refused(string sha256)
    {
        await using var repository = await Repository.StartAsync();

        await ShouldBeRefusedAsync(
            repository,
            await PutAsync(repository, sha256, [1]),
            HttpStatusCode.BadRequest,
            "checksum-malformed"
        );
    }

    [Fact]
    public async Task File_that_is_no_package_is_refused()
    {
        await using var repository = await Repository.StartAsync();
        var bytes = Encoding.ASCII.GetBytes("hello");

        await ShouldBeRefusedAsync(
            repository,
            await PutAsync(
                repository,
                Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)),
                bytes
            ),
            HttpStatusCode.UnprocessableEntity,
            "package-invalid"
        );
    }

    [Theory]
    [InlineData("package-invalid", "./../x", '0')]
    [InlineData("package-invalid", "./x", 'x')]
    [InlineData("file-not-allowed", "./x", '3')]
    [InlineData("package-too-large", "./x", '0')]
    public async Task Package_with_files_that_are_not_taken_is_refused_and_leaves_nothing_behind(
        string code,
        string path,
        char type
    )
    {
        await using var repository = await Repository.StartAsync(settings: ["MaximumUnpackedSize=4096"]);
        var content = code == "package-too-large" ? new string('x', 4000) : "";
        var bytes = DebPackage.FromData("data.tar", RawTar.Of(new RawEntry(path, type, content)));

        await ShouldBeRefusedAsync(
            repository,
            await PutAsync(
                repository,
                Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)),
                bytes
            ),
            HttpStatusCode.UnprocessableEntity,
            code
        );
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Package_over_the_limit_is_refused(bool announced)
    {
        await using var repository = await Repository.StartAsync(settings: ["MaximumPackageSize=1024"]);
        using var content = new StreamContent(new MemoryStream(new byte[64 << 10]));
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/internal/packages/{new string('0', 64)}")
        {
            Content = content,
        };
        request.Headers.TransferEncodingChunked = !announced;

        await ShouldBeRefusedAsync(
            repository,
            await repository.Http.SendAsync(request),
            HttpStatusCode.RequestEntityTooLarge,
            "package-too-large"
        );
    }

    [Fact]
    public async Task Body_that_breaks_off_leaves_nothing_behind()
    {
        await using var repository = await Repository.StartAsync();
        var package = DebPackage.Create(content: new string('x', 100_000));
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(repository.Address.Host, repository.Address.Port);
            await using var stream = client.GetStream();
            await stream.WriteAsync(
                Encoding.ASCII.GetBytes(
                    $"PUT /internal/packages/{package.Sha256} HTTP/1.1\r\nHost: x\r\n"
                        + $"Authorization: {repository.Http.DefaultRequestHeaders.Authorization}\r\n"
                        + $"Content-Length: {package.Bytes.Length}\r\n\r\n"
                )
            );
            await stream.WriteAsync(package.Bytes.AsMemory(0, 200));
            await Eventually.TrueAsync(() => Directory.GetFiles(repository.Layout.Incoming, "*.part").Length == 1);
        }

        await Eventually.TrueAsync(() => Directory.GetFiles(repository.Layout.Incoming).Length == 0);
    }

    [Fact]
    public async Task Parts_that_a_crash_left_are_removed_at_start()
    {
        using var data = new TempDirectory();
        string part;
        await using (var repository = await Repository.StartAsync(data.Path))
        {
            part = Path.Combine(repository.Layout.Incoming, "0.part");
            await File.WriteAllTextAsync(part, "half");
        }

        await using var restarted = await Repository.StartAsync(data.Path);

        File.Exists(part).ShouldBeFalse();
    }

    private static async Task<HttpResponseMessage> PutAsync(Repository repository, string sha256, byte[] bytes)
    {
        using var content = new ByteArrayContent(bytes);
        return await repository.Http.PutAsync(new Uri($"/internal/packages/{sha256}", UriKind.Relative), content);
    }

    private static async Task ShouldBeRefusedAsync(
        Repository repository,
        HttpResponseMessage response,
        HttpStatusCode status,
        string code
    )
    {
        response.StatusCode.ShouldBe(status);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        problem.RootElement.GetProperty("code").GetString().ShouldBe(code);
        problem.RootElement.GetProperty("remedy").GetString().ShouldNotBeNullOrEmpty();
        Directory.GetFiles(repository.Layout.Incoming).ShouldBeEmpty();
    }
}
