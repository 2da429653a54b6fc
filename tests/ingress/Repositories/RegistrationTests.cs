using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Canary.Contracts.Releases;
using Canary.Ingress.Repositories.Registrations;
using Canary.Ingress.Tests.Polling;
using Canary.Ingress.Webhooks.Sources.GitHub;
using Canary.Testing;
using Canary.Testing.GitHub;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Ingress.Tests.Repositories;

/// <summary><c>canary apps add</c> and <c>remove</c> at a stand-in of GitHub that fails.</summary>
public sealed class RegistrationTests : IAsyncLifetime
{
    private const string PublicAddress = "https://canary.example.org";

    private const string Hook = PublicAddress + "/webhooks/github";

    private readonly TempDirectory _directory = new();

    private readonly TempDirectory _data = new();

    private readonly BranchesResource _branches = new();

    private GitHubServer _github = null!;

    private GitHubStandInRepository _hats = null!;

    public async ValueTask InitializeAsync()
    {
        _github = await GitHubServer.StartAsync();
        _github.Add(_branches);
        _hats = _github.AddRepository("evil/hats");
        _branches.Push("main", Push.NewCommit(), "Begin");
    }

    public async ValueTask DisposeAsync()
    {
        await _github.DisposeAsync();
        _directory.Dispose();
        _data.Dispose();
    }

    [Fact]
    public async Task What_is_pushed_to_a_repository_that_was_added_is_released_by_its_own_secret_alone()
    {
        await using var host = await StartAsync();

        var added = await AddAsync(host, HttpStatusCode.Created);

        added.Text("name").ShouldBe("evil/hats");
        added.Text("application").ShouldBe("hats");
        var hook = _hats.Hooks.ShouldHaveSingleItem();
        hook["events"]!.AsArray().Select(it => it!.ToString()).ShouldBe(["push"]);
        hook["config"]!["url"]!.ToString().ShouldBe(Hook);
        hook["config"]!["content_type"]!.ToString().ShouldBe("json");
        hook["config"]!["insecure_ssl"]!.ToString().ShouldBe("0");
        (await ReleaseAsync(host, SecretAtGitHub())).Application.ShouldBe("hats");
        (await DeliverAsync(host, IngressHost.Secret)).ShouldBe(HttpStatusCode.Unauthorized);
        (await DeliverAsync(host, SecretAtGitHub(), "acme/shop")).ShouldBe(HttpStatusCode.Unauthorized);
        var audited = (await host.GetAsync("/api/audit")).GetProperty("entries").EnumerateArray().First();
        audited.Text("action").ShouldBe("repository.add");
        audited.Text("detail").ShouldBe("evil/hats");
        audited.Text("by").ShouldBe("ada");
    }

    [Fact]
    public async Task An_App_adds_and_removes_as_well()
    {
        await using var host = await IngressHost.StartAsync(
            _data,
            owns: false,
            $"--hosting:publicaddress={PublicAddress}",
            $"--github:address={_github.Address}",
            $"--github:appid={GitHubServer.AppId}",
            $"--github:privatekeyfile={_directory.WriteFile("key.pem", GitHubServer.PrivateKey)}"
        );

        await AddAsync(host, HttpStatusCode.Created);
        (await ReleaseAsync(host, SecretAtGitHub())).Application.ShouldBe("hats");
        await RemoveAsync(host, HttpStatusCode.OK);

        _hats.Hooks.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_nobody_knows_of_is_removed_with_its_repository()
    {
        await using var host = await StartAsync();
        _github.Break("POST repositories/", GitHubFaultKind.ServerError);
        await ShouldFailAsync(PostAsync(host), HttpStatusCode.ServiceUnavailable, "webhook-uncertain");
        _hats.IsGranted = false;

        await RemoveAsync(host, HttpStatusCode.OK);

        (await RowsAsync(host)).ShouldBeEmpty();
        SecretFiles().ShouldBeEmpty();
    }

    [Fact]
    public async Task It_is_known_after_a_restart_and_listed_and_looked_at()
    {
        await using (var before = await StartAsync())
        {
            await AddAsync(before, HttpStatusCode.Created);
        }

        await using var host = await StartAsync();
        await Eventually.TrueAsync(async () => await DeliverAsync(host, SecretAtGitHub()) == HttpStatusCode.Accepted);

        var listed = (await host.GetAsync("/api/repositories"))
            .GetProperty("repositories")
            .EnumerateArray()
            .Single(it => it.Text("name") == "evil/hats");
        listed.Text("addedBy").ShouldBe("ada");
        listed.Text("application").ShouldBe("hats");
        listed.Text("looksEvery").ShouldBe("00:05:00");
    }

    [Fact]
    public async Task No_secret_is_anywhere_but_in_its_file()
    {
        await using var host = await StartAsync();

        var answer = await AddAsync(host, HttpStatusCode.Created);

        var secret = SecretAtGitHub();
        secret.Length.ShouldBeGreaterThanOrEqualTo(40);
        answer.GetRawText().ShouldNotContain(secret);
        (await host.GetAsync("/api/repositories")).GetRawText().ShouldNotContain(secret);
        (await host.GetAsync("/api/status")).GetRawText().ShouldNotContain(secret);
        (await host.GetAsync("/api/audit")).GetRawText().ShouldNotContain(secret);
        var file = SecretFiles().ShouldHaveSingleItem();
        File.ReadAllText(file).Trim().ShouldBe(secret);
        File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task Adding_once_more_renews_the_secret_and_makes_no_second_webhook()
    {
        await using var host = await StartAsync();
        await AddAsync(host, HttpStatusCode.Created);
        var former = SecretAtGitHub();

        var again = await AddAsync(host, HttpStatusCode.OK);

        again.GetProperty("isNew").GetBoolean().ShouldBeFalse();
        _hats.Hooks.ShouldHaveSingleItem();
        SecretAtGitHub().ShouldNotBe(former);
        SecretFiles().ShouldHaveSingleItem();
        (await DeliverAsync(host, former)).ShouldBe(HttpStatusCode.Unauthorized);
        (await ReleaseAsync(host, SecretAtGitHub())).Application.ShouldBe("hats");
    }

    [Fact]
    public async Task A_webhook_that_somebody_made_by_hand_is_taken_over_and_others_stay()
    {
        _hats.Hooks.Add(HookTo(Hook, id: 7));
        _hats.Hooks.Add(HookTo("https://ci.example.org/hook", id: 8));
        await using var host = await StartAsync();

        (await AddAsync(host, HttpStatusCode.Created)).GetProperty("webhookId").GetInt64().ShouldBe(7);

        _hats.Hooks.Count.ShouldBe(2);
        (await ReleaseAsync(host, SecretAtGitHub())).Application.ShouldBe("hats");
        await RemoveAsync(host, HttpStatusCode.OK);
        _hats.Hooks.ShouldHaveSingleItem()["id"]!.ToString().ShouldBe("8");
    }

    [Fact]
    public async Task Of_several_webhooks_with_the_address_one_stays()
    {
        _hats.Hooks.Add(HookTo(Hook, id: 7));
        _hats.Hooks.Add(HookTo(Hook, id: 9));
        await using var host = await StartAsync();

        await AddAsync(host, HttpStatusCode.Created);

        _hats.Hooks.ShouldHaveSingleItem()["id"]!.ToString().ShouldBe("7");
    }

    [Fact]
    public async Task What_is_removed_is_not_released_any_more_and_its_webhook_is_gone()
    {
        await using var host = await StartAsync();
        await AddAsync(host, HttpStatusCode.Created);
        var secret = SecretAtGitHub();

        await RemoveAsync(host, HttpStatusCode.OK);

        _hats.Hooks.ShouldBeEmpty();
        SecretFiles().ShouldBeEmpty();
        (await DeliverAsync(host, secret)).ShouldBe(HttpStatusCode.Unauthorized);
        await ShouldFailAsync(
            host.Operator.DeleteAsync("/api/repositories/evil/hats"),
            HttpStatusCode.NotFound,
            "repository-not-added"
        );
        await AddAsync(host, HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_webhook_that_is_gone_already_is_no_error()
    {
        await using var host = await StartAsync();
        await AddAsync(host, HttpStatusCode.Created);
        _hats.Hooks.Clear();

        await RemoveAsync(host, HttpStatusCode.OK);

        (await RowsAsync(host)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(GitHubFaultKind.ServerError)]
    [InlineData(GitHubFaultKind.TooManyRequests)]
    [InlineData(GitHubFaultKind.Hang)]
    [InlineData(GitHubFaultKind.Unauthorized)]
    public async Task While_GitHub_does_not_delete_it_nothing_is_released_and_saying_it_again_removes_it(
        GitHubFaultKind fault
    )
    {
        await using var host = await StartAsync();
        await AddAsync(host, HttpStatusCode.Created);
        _github.Break("DELETE repositories/", fault, times: 2);

        await ShouldFailAsync(
            host.Operator.DeleteAsync("/api/repositories/evil/hats"),
            HttpStatusCode.ServiceUnavailable,
            "webhook-left"
        );

        (await DeliverAsync(host, SecretAtGitHub())).ShouldBe(HttpStatusCode.Unauthorized);
        (await CheckAsync(host)).ShouldContain("may still be at GitHub");
        _github.Mend();
        await Eventually.TrueAsync(async () =>
        {
            using var answer = await host.Operator.DeleteAsync("/api/repositories/evil/hats");
            return answer.StatusCode == HttpStatusCode.OK;
        });
        _hats.Hooks.ShouldBeEmpty();
        (await RowsAsync(host)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(GitHubFaultKind.TooManyRequests, "github-limited")]
    [InlineData(GitHubFaultKind.PrimaryLimit, "github-limited")]
    [InlineData(GitHubFaultKind.ServerError, "webhook-uncertain")]
    [InlineData(GitHubFaultKind.Hang, "webhook-uncertain")]
    public async Task What_fails_half_way_is_whole_when_it_is_said_again(GitHubFaultKind fault, string code)
    {
        await using var host = await StartAsync();
        _github.Break("POST repositories/", fault);

        await ShouldFailAsync(PostAsync(host), HttpStatusCode.ServiceUnavailable, code);

        if (code == "webhook-uncertain")
        {
            (await CheckAsync(host)).ShouldContain("Whether evil/hats has its webhook is not known");
        }
        else
        {
            (await RowsAsync(host)).ShouldBeEmpty();
            SecretFiles().ShouldBeEmpty();
        }

        _github.Mend();
        await Eventually.TrueAsync(async () =>
        {
            using var answer = await PostAsync(host);
            return answer.IsSuccessStatusCode;
        });
        _hats.Hooks.ShouldHaveSingleItem();
        SecretFiles().ShouldHaveSingleItem();
        (await ReleaseAsync(host, SecretAtGitHub())).Application.ShouldBe("hats");
        (await CheckAsync(host)).ShouldBe("Added with their webhooks: evil/hats.");
    }

    [Fact]
    public async Task A_webhook_that_is_made_when_nobody_waits_for_it_any_more_is_found()
    {
        await using var host = await StartAsync();
        _github.Break("POST repositories/", GitHubFaultKind.DoneAfterHang);

        (await PostAsync(host)).Dispose();
        await Eventually.TrueAsync(() => Task.FromResult(_github.Look(_ => _hats.Hooks.Count) == 1));
        using (var again = await PostAsync(host))
        {
            again.IsSuccessStatusCode.ShouldBeTrue(await again.Content.ReadAsStringAsync());
        }

        _hats.Hooks.ShouldHaveSingleItem();
        (await ReleaseAsync(host, SecretAtGitHub())).Application.ShouldBe("hats");
    }

    [Theory]
    [InlineData(GitHubFaultKind.DoneAndAnswerLost)]
    [InlineData(GitHubFaultKind.DoneAndServerError)]
    [InlineData(GitHubFaultKind.DoneTwice)]
    [InlineData(GitHubFaultKind.Truncated)]
    [InlineData(GitHubFaultKind.BrokenOff)]
    [InlineData(GitHubFaultKind.HangsWithinAnswer)]
    public async Task A_webhook_whose_answer_was_lost_is_found(GitHubFaultKind fault)
    {
        await using var host = await StartAsync();
        _github.Break("POST repositories/", fault);

        await AddAsync(host, HttpStatusCode.Created);

        _hats.Hooks.ShouldHaveSingleItem();
        (await ReleaseAsync(host, SecretAtGitHub())).Application.ShouldBe("hats");
    }

    [Theory]
    [InlineData(GitHubFaultKind.Hang)]
    [InlineData(GitHubFaultKind.DoneAndAnswerLost)]
    public async Task While_nobody_knows_which_secret_a_webhook_has_both_are_accepted(GitHubFaultKind fault)
    {
        await using var host = await StartAsync();
        await AddAsync(host, HttpStatusCode.Created);
        _github.Break("PATCH repositories/", fault);

        await ShouldFailAsync(PostAsync(host), HttpStatusCode.ServiceUnavailable, "webhook-uncertain");

        (await ReleaseAsync(host, SecretAtGitHub())).Application.ShouldBe("hats");
        (await CheckAsync(host)).ShouldContain("Which secret the webhook of evil/hats has is not known");
        await AddAsync(host, HttpStatusCode.OK);
        SecretFiles().ShouldHaveSingleItem();
        (await ReleaseAsync(host, SecretAtGitHub())).Application.ShouldBe("hats");
    }

    [Theory]
    [InlineData("read")]
    [InlineData("none")]
    public async Task Without_the_permission_nothing_is_left_and_the_answer_names_it(string held)
    {
        _github.Permissions["repository_hooks"] = held;
        await using var host = await StartAsync();

        var problem = await ShouldFailAsync(PostAsync(host), HttpStatusCode.UnprocessableEntity, "github-denied");

        problem.Text("detail").ShouldContain("repository_hooks");
        (await RowsAsync(host)).ShouldBeEmpty();
        SecretFiles().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_failed_renewal_leaves_what_was_there()
    {
        await using var host = await StartAsync();
        await AddAsync(host, HttpStatusCode.Created);
        var secret = SecretAtGitHub();
        _github.Permissions["repository_hooks"] = "read";

        await ShouldFailAsync(PostAsync(host), HttpStatusCode.UnprocessableEntity, "github-denied");

        SecretAtGitHub().ShouldBe(secret);
        SecretFiles().ShouldHaveSingleItem();
        (await ReleaseAsync(host, secret)).Application.ShouldBe("hats");
    }

    [Fact]
    public async Task A_change_that_failed_leaves_the_application_and_the_name()
    {
        await using var host = await StartAsync();
        await AddAsync(host, HttpStatusCode.Created);
        _github.Rename(_hats, "evil/caps");
        _github.Permissions["repository_hooks"] = "read";

        await ShouldFailAsync(
            PostAsync(host, "evil/caps", "caps"),
            HttpStatusCode.UnprocessableEntity,
            "github-denied"
        );

        var row = (await RowsAsync(host)).ShouldHaveSingleItem();
        (row.Name, row.Key, row.Application).ShouldBe(("evil/hats", "evil/hats", "hats"));
        (await ReleaseAsync(host, SecretAtGitHub(), "evil/caps")).Application.ShouldBe("hats");
    }

    [Fact]
    public async Task A_change_that_nobody_knows_of_counts()
    {
        await using var host = await StartAsync();
        await AddAsync(host, HttpStatusCode.Created);
        _github.Break("PATCH repositories/", GitHubFaultKind.Hang);

        await ShouldFailAsync(
            PostAsync(host, application: "caps"),
            HttpStatusCode.ServiceUnavailable,
            "webhook-uncertain"
        );

        (await RowsAsync(host)).ShouldHaveSingleItem().Application.ShouldBe("caps");
    }

    [Theory]
    [InlineData("nobody/knows", null, HttpStatusCode.UnprocessableEntity, "github-not-found")]
    [InlineData("acme/shop", null, HttpStatusCode.Conflict, "repository-configured")]
    [InlineData("hats", null, HttpStatusCode.BadRequest, "repository-invalid")]
    [InlineData("../hats", null, HttpStatusCode.BadRequest, "repository-invalid")]
    [InlineData("evil/hats", "No Name", HttpStatusCode.BadRequest, "application-invalid")]
    [InlineData("evil/hats", "blog", HttpStatusCode.Conflict, "application-taken")]
    public async Task What_cannot_be_added_is_refused(
        string repository,
        string? application,
        HttpStatusCode status,
        string code
    )
    {
        _github.AddRepository("acme/shop");
        await using var host = await StartAsync(
            "--ingress:repositories:2:name=initech/blog",
            "--ingress:repositories:2:application=blog"
        );

        await ShouldFailAsync(PostAsync(host, repository, application), status, code);

        (await RowsAsync(host)).ShouldBeEmpty();
        _github.Repositories.ShouldAllBe(it => it.Hooks.Count == 0);
    }

    [Fact]
    public async Task The_application_of_another_repository_is_taken_over_only_by_name()
    {
        await using var host = await StartAsync();
        await host.AcceptAsync(new Push { Repository = "acme/hats" });

        await ShouldFailAsync(PostAsync(host), HttpStatusCode.Conflict, "application-taken");

        using var answer = await PostAsync(host, application: "hats");
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Theory]
    [InlineData("evil/hats")]
    [InlineData("Evil/*")]
    public async Task The_configuration_counts_where_it_has_the_repository_as_well(string entry)
    {
        await using (var before = await StartAsync())
        {
            await AddAsync(before, HttpStatusCode.Created);
        }

        await using var host = await StartAsync($"--ingress:repositories:2:name={entry}");

        (await DeliverAsync(host, IngressHost.Secret)).ShouldBe(HttpStatusCode.Accepted);
        (await DeliverAsync(host, SecretAtGitHub())).ShouldBe(HttpStatusCode.Unauthorized);
        (await CheckAsync(host)).ShouldContain("is in the configuration as well");
        await RemoveAsync(host, HttpStatusCode.OK);
        (await DeliverAsync(host, IngressHost.Secret)).ShouldBe(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task A_repository_that_is_renamed_is_released_as_before_and_added_again_by_its_new_name()
    {
        await using var host = await StartAsync();
        await AddAsync(host, HttpStatusCode.Created);
        _github.Rename(_hats, "evil/caps");
        (await ReleaseAsync(host, SecretAtGitHub(), "evil/caps")).Application.ShouldBe("hats");

        using (var again = await PostAsync(host, "evil/caps"))
        {
            again.StatusCode.ShouldBe(HttpStatusCode.OK, await again.Content.ReadAsStringAsync());
        }

        (await RowsAsync(host)).ShouldHaveSingleItem().Name.ShouldBe("evil/caps");
        _hats.Hooks.ShouldHaveSingleItem();
        (await ReleaseAsync(host, SecretAtGitHub(), "evil/caps")).Application.ShouldBe("hats");
    }

    [Fact]
    public async Task The_webhook_of_a_repository_that_was_renamed_is_removed_also_when_another_one_has_its_name()
    {
        await using var host = await StartAsync();
        await AddAsync(host, HttpStatusCode.Created);
        _github.Rename(_hats, "evil/caps");
        var other = _github.AddRepository("evil/hats");
        other.Hooks.Add(HookTo(Hook, id: 7));

        await RemoveAsync(host, HttpStatusCode.OK);

        _hats.Hooks.ShouldBeEmpty();
        other.Hooks.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("hats")]
    [InlineData("caps")]
    public async Task Another_repository_with_its_name_is_not_added_in_its_place(string? application)
    {
        await using var host = await StartAsync();
        await AddAsync(host, HttpStatusCode.Created);
        _github.Rename(_hats, "evil/caps");
        var other = _github.AddRepository("evil/hats");

        await ShouldFailAsync(
            PostAsync(host, application: application),
            HttpStatusCode.Conflict,
            "repository-replaced"
        );

        other.Hooks.ShouldBeEmpty();
        (await RowsAsync(host)).ShouldHaveSingleItem().GithubId.ShouldBe(_hats.Id);
        (await ReleaseAsync(host, SecretAtGitHub(), "evil/caps")).Application.ShouldBe("hats");
        using (var renamed = await PostAsync(host, "evil/caps"))
        {
            renamed.StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        using var added = await PostAsync(host, application: "helmets");
        added.StatusCode.ShouldBe(HttpStatusCode.Created);
        (await RowsAsync(host)).Select(row => row.Application).ShouldBe(["hats", "helmets"], ignoreOrder: true);
    }

    [Fact]
    public async Task Another_repository_with_its_name_is_not_taken_for_it()
    {
        await using var host = await StartAsync();
        await AddAsync(host, HttpStatusCode.Created);

        (await DeliverAsync(host, SecretAtGitHub(), id: 4711)).ShouldBe(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task Without_an_address_that_GitHub_can_reach_nothing_is_added()
    {
        await using var host = await IngressHost.StartAsync(_data, owns: false, [.. GitHubSettings()]);

        await ShouldFailAsync(PostAsync(host), HttpStatusCode.UnprocessableEntity, "public-address-missing");
    }

    [Fact]
    public async Task Without_access_to_GitHub_nothing_is_added_and_what_was_added_can_be_removed()
    {
        await using (var before = await StartAsync())
        {
            await AddAsync(before, HttpStatusCode.Created);
        }

        await using var host = await IngressHost.StartAsync(
            _data,
            owns: false,
            $"--hosting:publicaddress={PublicAddress}"
        );
        await ShouldFailAsync(PostAsync(host), HttpStatusCode.UnprocessableEntity, "github-not-configured");

        (await RemoveAsync(host, HttpStatusCode.OK)).GetProperty("isWebhookLeft").GetBoolean().ShouldBeTrue();
        (await RowsAsync(host)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Only_operators_add_and_remove()
    {
        await using var host = await StartAsync();
        var request = JsonContent.Create(new { repository = "evil/hats" });

        (await host.Reader.PostAsync("/api/repositories", request)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await host.Anonymous.DeleteAsync("/api/repositories/evil/hats")).StatusCode.ShouldBe(
            HttpStatusCode.Unauthorized
        );
        _hats.Hooks.ShouldBeEmpty();
    }

    [Fact]
    public async Task Many_at_once_make_one_webhook()
    {
        await using var host = await StartAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PostAsync(host)));

        answers.ShouldAllBe(it => it.IsSuccessStatusCode);
        answers.Count(it => it.StatusCode == HttpStatusCode.Created).ShouldBe(1);
        _hats.Hooks.ShouldHaveSingleItem();
        (await ReleaseAsync(host, SecretAtGitHub())).Application.ShouldBe("hats");
    }

    private Task<IngressHost> StartAsync(params string[] settings) =>
        IngressHost.StartAsync(
            _data,
            owns: false,
            [
                $"--hosting:publicaddress={PublicAddress}",
                "--ingress:anonymousread=true",
                .. GitHubSettings(),
                .. settings,
            ]
        );

    private IEnumerable<string> GitHubSettings() =>
        [
            $"--github:address={_github.Address}",
            $"--github:tokenfile={_directory.WriteFile("token", GitHubServer.Token + "\n")}",
            "--github:timeout=00:00:02",
            "--github:limitpause=00:00:01",
        ];

    private string SecretAtGitHub() =>
        _github.Look(_ =>
            _hats.Hooks.Find(it => it["config"]!["url"]!.ToString() == Hook)!["config"]!["secret"]!.ToString()
        );

    private List<string> SecretFiles()
    {
        var directory = Path.Combine(_data.Path, "ingress", "repository-secrets");
        return Directory.Exists(directory) ? [.. Directory.GetFiles(directory)] : [];
    }

    private static JsonObject HookTo(string address, long id) =>
        new()
        {
            ["id"] = id,
            ["name"] = "web",
            ["active"] = true,
            ["events"] = new JsonArray("push"),
            ["config"] = new JsonObject { ["url"] = address, ["content_type"] = "json" },
        };

    private static Task<HttpResponseMessage> PostAsync(
        IngressHost host,
        string repository = "evil/hats",
        string? application = null
    ) =>
        host.Operator.PostAsJsonAsync(
            "/api/repositories",
            new
            {
                repository,
                application,
                by = "ada",
            }
        );

    private static async Task<JsonElement> AddAsync(IngressHost host, HttpStatusCode expected)
    {
        using var answer = await PostAsync(host);
        return await answer.ShouldBeAsync(expected);
    }

    private static async Task<JsonElement> RemoveAsync(IngressHost host, HttpStatusCode expected)
    {
        using var answer = await host.Operator.DeleteAsync("/api/repositories/evil/hats?by=ada");
        return await answer.ShouldBeAsync(expected);
    }

    private static async Task<JsonElement> ShouldFailAsync(
        Task<HttpResponseMessage> request,
        HttpStatusCode status,
        string code
    )
    {
        using var answer = await request;
        return await answer.ShouldBeProblemAsync(status, code);
    }

    private static async Task<List<RegistrationRow>> RowsAsync(IngressHost host)
    {
        await using var scope = host.App.Services.CreateAsyncScope();
        return await scope
            .ServiceProvider.GetRequiredService<IngressStore>()
            .Registrations.AsNoTracking()
            .ToListAsync();
    }

    private static async Task<string> CheckAsync(IngressHost host)
    {
        await using var scope = host.App.Services.CreateAsyncScope();
        return (await scope.ServiceProvider.GetRequiredService<RegistrationChecks>().RunAsync(default)).Single().Detail;
    }

    private async Task<PushReceived> ReleaseAsync(IngressHost host, string secret, string name = "evil/hats")
    {
        var push = new Push { Repository = name };
        (await DeliverAsync(host, secret, push, _hats.Id)).ShouldBe(HttpStatusCode.Accepted);
        return await host.ReleasedAsync(push.After);
    }

    private Task<HttpStatusCode> DeliverAsync(
        IngressHost host,
        string secret,
        string name = "evil/hats",
        long? id = null
    ) => DeliverAsync(host, secret, new Push { Repository = name }, id ?? _hats.Id);

    private static async Task<HttpStatusCode> DeliverAsync(IngressHost host, string secret, Push push, long id)
    {
        var payload = JsonNode.Parse(push.ToJson())!;
        payload["repository"]!["id"] = id;
        var text = payload.ToJsonString();
        using var answer = await host.DeliverAsync(
            text,
            signature: GitHubSignature.Of(Encoding.UTF8.GetBytes(text), secret)
        );
        return answer.StatusCode;
    }
}
