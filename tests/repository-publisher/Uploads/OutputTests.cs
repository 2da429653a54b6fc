using System.Net;
using System.Security.Cryptography;
using System.Text;
using Canary.RepositoryPublisher.Tests.Fixtures;
using Canary.RepositoryPublisher.Uploads;
using Microsoft.Extensions.Time.Testing;

namespace Canary.RepositoryPublisher.Tests.Uploads;

public sealed class OutputTests
{
    private static readonly byte[] Archive = Encoding.ASCII.GetBytes("what a build made");

    private static readonly string Sha256 = Convert.ToHexStringLower(SHA256.HashData(Archive));

    [Fact]
    public async Task What_is_put_is_given_out()
    {
        await using var repository = await Repository.StartAsync();

        (await PutAsync(repository, Sha256, Archive)).StatusCode.ShouldBe(HttpStatusCode.Created);
        (await PutAsync(repository, Sha256, Archive)).StatusCode.ShouldBe(HttpStatusCode.OK);

        (await repository.Http.GetByteArrayAsync($"internal/outputs/{Sha256}")).ShouldBe(Archive);
        Directory.GetFiles(repository.Layout.Outputs).Length.ShouldBe(1);
    }

    [Fact]
    public async Task Nobody_without_the_service_token_gets_it()
    {
        await using var repository = await Repository.StartAsync();
        await PutAsync(repository, Sha256, Archive);
        repository.Http.DefaultRequestHeaders.Authorization = null;

        (await PutAsync(repository, Sha256, Archive)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await repository.Http.GetAsync($"internal/outputs/{Sha256}")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Other_bytes_than_the_name_says_are_not_kept()
    {
        await using var repository = await Repository.StartAsync();

        (await PutAsync(repository, new string('0', 64), Archive)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);

        Directory.GetFiles(repository.Layout.Outputs).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_too_large_is_not_kept()
    {
        await using var repository = await Repository.StartAsync(settings: "maximumoutputsize=1024");
        var large = new byte[2000];

        var answer = await PutAsync(repository, Convert.ToHexStringLower(SHA256.HashData(large)), large);

        answer.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("build-output-too-large");
    }

    [Theory]
    [InlineData("abc", HttpStatusCode.BadRequest, "checksum-malformed")]
    [InlineData("..%2F..%2Fkeys%2Fkey", HttpStatusCode.BadRequest, "checksum-malformed")]
    [InlineData(
        "0000000000000000000000000000000000000000000000000000000000000000",
        HttpStatusCode.NotFound,
        "build-output-gone"
    )]
    public async Task What_is_not_there_is_told(string sha256, HttpStatusCode status, string code)
    {
        await using var repository = await Repository.StartAsync();

        var answer = await repository.Http.GetAsync($"internal/outputs/{sha256}");

        answer.StatusCode.ShouldBe(status);
        (await answer.Content.ReadAsStringAsync()).ShouldContain(code);
    }

    [Fact]
    public async Task What_nobody_has_used_for_long_is_removed()
    {
        using var directory = new Canary.Testing.TempDirectory();
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(50));
        var uploads = new OutputUploads(new RepositoryLayout(directory.Path), time);
        uploads.Sweep(time.GetUtcNow());
        await uploads.StoreAsync(Sha256, new MemoryStream(Archive), CancellationToken.None);
        time.Advance(TimeSpan.FromHours(20));
        uploads.Find(Sha256).ShouldNotBeNull();
        time.Advance(TimeSpan.FromHours(20));

        uploads.Sweep(time.GetUtcNow() - TimeSpan.FromDays(1));
        uploads.Find(Sha256).ShouldNotBeNull();
        time.Advance(TimeSpan.FromHours(25));
        uploads.Sweep(time.GetUtcNow() - TimeSpan.FromDays(1));

        uploads.Find(Sha256).ShouldBeNull();
    }

    private static Task<HttpResponseMessage> PutAsync(Repository repository, string sha256, byte[] bytes) =>
        repository.Http.PutAsync($"internal/outputs/{sha256}", new ByteArrayContent(bytes));
}
