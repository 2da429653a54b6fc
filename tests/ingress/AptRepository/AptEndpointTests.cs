using System.Net;
using System.Net.Http.Json;
using Canary.Contracts.Deploying;
using Canary.Contracts.Packaging;
using Canary.Contracts.Releases;
using Canary.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Canary.Ingress.Tests.AptRepository;

/// <summary>The package repository through ingress. A stand-in answers as the publisher does; the publisher's own tests hold it to that.</summary>
public sealed class AptEndpointTests : IAsyncLifetime
{
    private const string Application = "shop";

    private WebApplication _publisher = null!;
    private IngressHost _host = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _publisher = builder.Build();
        var routes = _publisher.MapGroup("/internal/repository");
        routes.MapGet("/packages/shop", (string? version) => Results.Json(Package(version ?? "1.0")));
        routes.MapGet(
            "/packages/{name}",
            (string name) =>
                Results.Problem(
                    $"No {name}.",
                    statusCode: 404,
                    extensions: new Dictionary<string, object?> { ["code"] = "package-unknown", ["remedy"] = "Look." }
                )
        );
        routes.MapPost("/keys/rotation", () => Results.Json(Keys()));
        routes.MapDelete(
            "/keys/rotation",
            (bool early) =>
                early
                    ? Results.Json(Keys())
                    : Results.Problem(
                        "Too young.",
                        statusCode: 409,
                        extensions: new Dictionary<string, object?>
                        {
                            ["code"] = "key-rotation-too-young",
                            ["remedy"] = "Wait.",
                        }
                    )
        );
        await _publisher.StartAsync();
        _host = await IngressHost.StartAsync($"--hosting:services:repository-publisher={_publisher.Urls.First()}");
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _publisher.DisposeAsync();
    }

    [Fact]
    public async Task A_version_is_shown_with_the_release_and_commit_that_it_was_made_of()
    {
        var push = Snapshots.Push(Guid.NewGuid());
        await _host.PublishAsync(
            Snapshots.Release(push, 4, ReleaseStates.RollingOut) with
            {
                Number = 1,
                Version = "1.0",
            }
        );
        await Eventually.TrueAsync(async () =>
        {
            using var answer = await _host.Reader.GetAsync("/api/apt/packages/shop", Cancellation);
            var file = (await answer.ShouldBeAsync(HttpStatusCode.OK)).GetProperty("files")[0];
            return file.GetProperty("releaseId").ToString() == push.ReleaseId.ToString()
                && file.Text("commit") == push.Source.Commit;
        });
    }

    [Fact]
    public async Task A_file_from_elsewhere_is_shown_with_the_release_that_brought_it()
    {
        var (other, own) = (Upload('1'), Upload('0'));
        await _host.PublishAsync(
            Snapshots.Release(other, 4, ReleaseStates.Completed) with
            {
                Number = 1,
                Version = "1.0",
            }
        );
        await _host.PublishAsync(
            Snapshots.Release(own, 4, ReleaseStates.Completed) with
            {
                Number = 2,
                Version = "1.0",
            }
        );
        await Eventually.TrueAsync(async () =>
        {
            using var answer = await _host.Reader.GetAsync("/api/apt/packages/shop", Cancellation);
            var file = (await answer.ShouldBeAsync(HttpStatusCode.OK)).GetProperty("files")[0];
            return file.GetProperty("releaseId").ToString() == own.ReleaseId.ToString();
        });
    }

    [Fact]
    public async Task What_the_publisher_refuses_is_refused_in_its_words()
    {
        using var unknown = await _host.Reader.GetAsync("/api/apt/packages/none", Cancellation);
        (await unknown.ShouldBeProblemAsync(HttpStatusCode.NotFound, "package-unknown"))
            .Text("detail")
            .ShouldBe("No none.");

        using var young = await _host.Operator.PostAsync("/api/apt/keys/retirement", null, Cancellation);
        await young.ShouldBeProblemAsync(HttpStatusCode.Conflict, "key-rotation-too-young");
    }

    [Fact]
    public async Task Who_replaces_a_key_is_on_record()
    {
        using var reader = await _host.Reader.PostAsync("/api/apt/keys/rotation", null, Cancellation);
        reader.StatusCode.ShouldBe(HttpStatusCode.Forbidden);

        using var rotated = await _host.Operator.PostAsJsonAsync(
            "/api/apt/keys/rotation",
            new { by = "ada", reason = "the yearly change" },
            Cancellation
        );
        await rotated.ShouldBeAsync(HttpStatusCode.OK);
        using var retired = await _host.Operator.PostAsJsonAsync(
            "/api/apt/keys/retirement?early=true",
            new { by = "ada" },
            Cancellation
        );
        await retired.ShouldBeAsync(HttpStatusCode.OK);

        var entries = (await _host.GetAsync("/api/audit")).GetProperty("entries");
        entries[0].Text("action").ShouldBe("signing-key.retire");
        entries[1].Text("action").ShouldBe("signing-key.rotate");
        entries[1].Text("by").ShouldBe("ada");
        entries[1].Text("detail").ShouldBe("AB12");
    }

    [Fact]
    public async Task A_publisher_that_is_away_is_named()
    {
        await _publisher.StopAsync(Cancellation);

        using var answer = await _host.Reader.GetAsync("/api/apt/keys", Cancellation);

        await answer.ShouldBeProblemAsync(HttpStatusCode.ServiceUnavailable, "publisher-unavailable");
    }

    private static PushReceived Upload(char digit) =>
        Snapshots.Push(Guid.NewGuid()) with
        {
            Upload = new PackageReference
            {
                Name = "shop",
                Version = "1.0",
                Architecture = "all",
                Sha256 = new string(digit, 64),
                Size = 1000,
            },
        };

    private static object Keys() =>
        new
        {
            keys = new[]
            {
                new
                {
                    fingerprint = "AB12",
                    algorithm = "ed25519",
                    role = "current",
                    createdAt = DateTimeOffset.UnixEpoch,
                },
            },
        };

    private static object Package(string version) =>
        new
        {
            name = "shop",
            application = Application,
            files = new[]
            {
                new
                {
                    package = "shop",
                    version,
                    architecture = "all",
                    fileName = "pool/main/s/shop/shop_1.0_all.deb",
                    size = 1000,
                    sha256 = new string('0', 64),
                    publishedAt = DateTimeOffset.UnixEpoch,
                    suites = Array.Empty<object>(),
                    isKept = false,
                    stanza = "Package: shop\n",
                },
            },
        };
}
