using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Canary.RepositoryPublisher.Tests.Fixtures;

namespace Canary.RepositoryPublisher.Tests.Serving;

public sealed class RepositoryEndpointsTests : IAsyncLifetime
{
    private const string Package = "pool/main/s/shop/shop_1.0+b1~x_all.deb";

    private Repository _repository = null!;
    private DebPackage _package = null!;

    public async ValueTask InitializeAsync()
    {
        _repository = await Repository.StartAsync();
        _package = await _repository.PublishAsync("shop", "1.0+b1~x");
        await _repository.AdvertiseAsync("shop", "1.0+b1~x");
        _repository.Http.DefaultRequestHeaders.Authorization = null;
    }

    public ValueTask DisposeAsync() => _repository.DisposeAsync();

    [Fact]
    public async Task Package_is_served_whole_and_may_be_kept_for_ever()
    {
        using var response = await GetAsync(Package);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await response.Content.ReadAsByteArrayAsync()).ShouldBe(_package.Bytes);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/vnd.debian.binary-package");
        response.Headers.CacheControl!.ToString().ShouldContain("immutable");
        response.Headers.AcceptRanges.ShouldBe(["bytes"]);
        response.Headers.ETag.ShouldNotBeNull();
        response.Content.Headers.LastModified.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_fleet_behind_one_address_is_not_slowed_down()
    {
        await using var repository = await Repository.StartAsync(settings: ["hosting:limits:requestspersecond=1"]);
        repository.Http.DefaultRequestHeaders.Authorization = null;

        for (var request = 0; request < 30; request++)
        {
            using var answer = await repository.Http.GetAsync("repository/canary-archive-keyring.asc");
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        }
    }

    [Fact]
    public async Task The_page_may_use_its_own_style_and_nothing_else()
    {
        using var answer = await _repository.Http.GetAsync("repository/");
        var page = await answer.Content.ReadAsStringAsync();
        var style = page.Split("<style>")[1].Split("</style>")[0];
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));

        var policy = answer.Headers.GetValues("Content-Security-Policy").ShouldHaveSingleItem();

        style.ShouldContain("max-width");
        policy.ShouldContain("default-src 'none'");
        policy.ShouldContain($"style-src 'sha256-{hash}'");
        policy.ShouldNotContain("unsafe");
        page.ShouldNotContain("<script");
        page.ShouldNotContain(" style=");
    }

    [Fact]
    public async Task The_page_lists_what_each_suite_offers()
    {
        await _repository.ReleaseAsync("shop", "0.9", "canary");

        var page = await _repository.Http.GetStringAsync("repository/");

        page.ShouldContain($"<a href=\"{Package}\">shop</a></td><td>1.0+b1~x</td><td>all</td>");
        page.ShouldContain("<td>0.9</td>");
        page.ShouldContain((await File.ReadAllTextAsync(_repository.Layout.Fingerprint)).Trim());
        page.ShouldContain("<a href=\"dists/production/InRelease\">");
        page.ShouldContain("Suites: production");
    }

    [Fact]
    public async Task Rest_of_a_download_that_broke_off_is_served()
    {
        using var response = await GetAsync(
            Package,
            request =>
            {
                request.Headers.Range = new RangeHeaderValue(100, null);
            }
        );

        response.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        (await response.Content.ReadAsByteArrayAsync()).ShouldBe(_package.Bytes[100..]);
    }

    [Fact]
    public async Task Head_tells_the_size_without_the_bytes()
    {
        using var response = await GetAsync(Package, request => request.Method = HttpMethod.Head);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentLength.ShouldBe(_package.Bytes.Length);
        (await response.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Release_file_is_asked_for_every_time_and_sent_only_when_it_changed()
    {
        using var first = await GetAsync("dists/production/InRelease");
        using var unchanged = await GetAsync(
            "dists/production/InRelease",
            request => request.Headers.IfNoneMatch.Add(first.Headers.ETag!)
        );
        await _repository.ReleaseAsync("shop", "2.0");
        using var changed = await GetAsync(
            "dists/production/InRelease",
            request => request.Headers.IfModifiedSince = first.Content.Headers.LastModified
        );

        first.Headers.CacheControl!.NoCache.ShouldBeTrue();
        unchanged.StatusCode.ShouldBe(HttpStatusCode.NotModified);
        changed.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("dists/production/main/binary-all/Packages.gz")]
    [InlineData("dists/production/main/binary-all/by-hash/SHA256/HASH")]
    public async Task Index_that_a_suite_went_back_to_is_sent_to_a_client_with_a_newer_one(string path)
    {
        var index = _repository.IndexFile("production");
        File.SetLastWriteTimeUtc(index, DateTime.UnixEpoch);

        using var response = await GetAsync(
            path.Replace("HASH", Path.GetFileName(index), StringComparison.Ordinal),
            request => request.Headers.IfModifiedSince = DateTimeOffset.UnixEpoch.AddDays(1)
        );

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Superseded_index_is_still_served_by_its_checksum()
    {
        var hash = Path.GetFileName(_repository.IndexFile("production"));
        await _repository.ReleaseAsync("shop", "2.0");
        await _repository.ReleaseAsync("shop", "3.0");

        using var response = await GetAsync($"dists/production/main/binary-all/by-hash/SHA256/{hash}");

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Headers.CacheControl!.ToString().ShouldContain("immutable");
    }

    [Theory]
    [InlineData("dists/production/Release")]
    [InlineData("dists/production/Release.gpg")]
    [InlineData("dists/production/main/binary-all/Packages.gz")]
    [InlineData("dists/canary/InRelease")]
    [InlineData("canary-archive-keyring.pgp")]
    [InlineData("canary-archive-keyring.asc")]
    public async Task File_of_a_repository_is_there(string path)
    {
        using var response = await GetAsync(path);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("dists/production")]
    [InlineData("dists/production/")]
    [InlineData("dists/production/main")]
    [InlineData("dists/nothing/InRelease")]
    [InlineData("dists/../keys/archive-key.pgp")]
    [InlineData("dists/%2e%2e/keys/archive-key.pgp")]
    [InlineData("dists/..%2f..%2fkeys/archive-key.pgp")]
    [InlineData("dists/production/../../../keys/archive-key.pgp")]
    [InlineData("pool/../../keys/archive-key.pgp")]
    [InlineData("pool//main")]
    [InlineData("pool/main/%00")]
    [InlineData("dists/.production.part")]
    [InlineData("suites/production/1/Release")]
    [InlineData("keys/archive-key.pgp")]
    [InlineData("incoming/x.deb")]
    [InlineData("repository-publisher.db")]
    public async Task Anything_else_is_not_found(string path)
    {
        // Written by hand, because HttpClient tidies addresses up.
        var answer = await RawAsync($"GET /repository/{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        answer.ShouldMatch("^HTTP/1.1 (404|400) ");
    }

    [Fact]
    public async Task Repository_cannot_be_written_to()
    {
        using var response = await GetAsync(Package, request => request.Method = HttpMethod.Put);

        response.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
    }

    [Fact]
    public async Task Index_page_tells_how_to_add_the_source()
    {
        using var response = await GetAsync("");
        var page = await response.Content.ReadAsStringAsync();

        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        page.ShouldContain($"URIs: {_repository.RepositoryAddress}");
        page.ShouldContain("Signed-By: /usr/share/keyrings/canary-archive-keyring.pgp");
        page.ShouldContain("Suites: production");
    }

    [Fact]
    public async Task Index_page_is_found_without_the_last_slash()
    {
        using var response = await _repository.Http.GetAsync(new Uri("/repository", UriKind.Relative));

        response.RequestMessage!.RequestUri.ShouldBe(_repository.RepositoryAddress);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Index_page_does_not_repeat_what_a_client_smuggles_in()
    {
        var page = await RawAsync(
            "GET /repository/ HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Host: <script>\r\nConnection: close\r\n\r\n"
        );

        page.ShouldNotContain("<script>");
    }

    private async Task<HttpResponseMessage> GetAsync(string path, Action<HttpRequestMessage>? configure = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_repository.RepositoryAddress, path));
        configure?.Invoke(request);
        return await _repository.Http.SendAsync(request);
    }

    private async Task<string> RawAsync(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_repository.Address.Host, _repository.Address.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }
}
