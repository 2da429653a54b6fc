using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Canary.Contracts.Releases;
using Canary.Ingress.Webhooks.Sources.GitHub;
using Canary.Testing;

namespace Canary.Ingress.Tests.Webhooks;

/// <summary>A repository keeps its id at GitHub when it is renamed or transferred, and its application with it; another one that gets its
/// name does not get its application.</summary>
public sealed class RenamedRepositoryTests : IDisposable
{
    private const long Id = 1296269;

    private const long OtherId = 1300192;

    private const string SecretOfEvil = "a secret of evil alone";

    private readonly TempDirectory _data = new();

    public void Dispose() => _data.Dispose();

    [Theory]
    [InlineData("acme/store")]
    [InlineData("initech/shop")]
    [InlineData("initech/store")]
    public async Task A_push_under_a_new_name_is_of_the_application_that_it_was_also_after_a_restart(string newName)
    {
        await using (var before = await IngressHost.StartAsync(_data, owns: false))
        {
            await AcceptAsync(before, new Push(), Id);
        }

        await using var host = await IngressHost.StartAsync(_data, owns: false);
        var push = await ReleaseAsync(host, new Push { Repository = newName }, Id);

        push.Application.ShouldBe("shop");
        push.Source.Repository.ShouldBe("acme/shop");
        (await CheckAsync(host)).ShouldBe($"acme/shop is called {newName} now.");
    }

    [Fact]
    public async Task Where_the_payload_under_a_new_name_leads_is_not_believed()
    {
        await using var host = await IngressHost.StartAsync();
        await AcceptAsync(host, new Push(), Id);

        var push = await ReleaseAsync(
            host,
            new Push { Repository = "evil/hats", CloneUrl = "https://github.com/evil/hats.git" },
            Id
        );

        push.Source.CloneUrl.ShouldBe("https://github.com/acme/shop.git");
    }

    [Fact]
    public async Task What_the_configuration_says_of_the_new_name_counts_and_the_doctor_has_nothing_to_say()
    {
        await using var host = await IngressHost.StartAsync(
            "--ingress:repositories:2:name=initech/store",
            "--ingress:repositories:2:application=warehouse"
        );
        await AcceptAsync(host, new Push(), Id);

        (await ReleaseAsync(host, new Push { Repository = "initech/store" }, Id)).Application.ShouldBe("warehouse");

        (await CheckAsync(host)).ShouldBeNull();
        await AcceptAsync(host, new Push(), OtherId);
    }

    [Fact]
    public async Task A_repository_that_is_called_as_before_again_is_as_before()
    {
        await using var host = await IngressHost.StartAsync();
        await AcceptAsync(host, new Push(), Id);
        await AcceptAsync(host, new Push { Repository = "initech/store" }, Id);

        (await ReleaseAsync(host, new Push { Repository = "Acme/Shop" }, Id)).Application.ShouldBe("shop");

        (await CheckAsync(host)).ShouldBeNull();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Another_repository_with_the_name_is_not_taken_for_the_one_that_had_it(bool hasPushedAsRenamed)
    {
        await using var host = await IngressHost.StartAsync();
        await AcceptAsync(host, new Push(), Id);
        if (hasPushedAsRenamed)
        {
            await AcceptAsync(host, new Push { Repository = "initech/store" }, Id);
        }

        var push = new Push();
        await RefuseAsync(host, push, OtherId, "repository-replaced");

        host.Sent.Of<PushReceived>().ShouldNotContain(it => it.Source.Commit == push.After);
        (await ReleaseAsync(host, new Push { Repository = "initech/store" }, Id)).Application.ShouldBe("shop");
    }

    [Fact]
    public async Task One_that_takes_the_place_of_another_is_entered_with_its_id()
    {
        await using (var before = await IngressHost.StartAsync(_data, owns: false))
        {
            await AcceptAsync(before, new Push(), Id);
        }

        await using var host = await IngressHost.StartAsync(
            _data,
            owns: false,
            "--ingress:repositories:2:name=acme/shop",
            $"--ingress:repositories:2:githubid={OtherId}"
        );
        (await ReleaseAsync(host, new Push(), OtherId)).Application.ShouldBe("shop");
        (await ReleaseAsync(host, new Push { Repository = "initech/store" }, OtherId)).Application.ShouldBe("shop");
        await RefuseAsync(host, new Push(), Id, "repository-replaced");
        await RefuseAsync(host, new Push { Repository = "initech/shop" }, Id, "repository-unknown");
    }

    [Fact]
    public async Task A_new_repository_with_a_name_that_nobody_entered_is_unknown()
    {
        await using var host = await IngressHost.StartAsync();
        await AcceptAsync(host, new Push(), Id);

        await RefuseAsync(host, new Push { Repository = "initech/store" }, OtherId, "repository-unknown");
    }

    [Fact]
    public async Task What_was_refused_or_passed_over_teaches_nothing()
    {
        await using var host = await IngressHost.StartAsync("--ingress:otherbranches=ignore");
        (await DeliverAsync(host, new Push { Ref = "refs/heads/idea" }, OtherId)).Dispose();
        (await DeliverAsync(host, new Push { CloneUrl = "https://evil.example.org/shop.git" }, OtherId)).Dispose();
        (await DeliverAsync(host, new Push(), OtherId, "a secret of nobody")).Dispose();

        await AcceptAsync(host, new Push(), Id);
    }

    [Fact]
    public async Task Whoever_has_the_secret_of_one_repository_gets_no_other_by_its_id()
    {
        await using var host = await WithEvilAsync();
        await AcceptAsync(host, new Push(), Id);

        foreach (var name in new[] { "acme/shop", "acme/store", "nobody/knows", "initech/store" })
        {
            using var answer = await DeliverAsync(host, new Push { Repository = name }, Id, SecretOfEvil);
            answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized, name);
        }

        (await ReleaseAsync(host, new Push { Repository = "evil/hats" }, Id, SecretOfEvil)).Application.ShouldBe(
            "hats"
        );
        using var transferred = await DeliverAsync(host, new Push(), Id, SecretOfEvil);
        transferred.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);

        (await ReleaseAsync(host, new Push { Repository = "initech/store" }, Id)).Application.ShouldBe("shop");
        (await CheckAsync(host)).ShouldBe("acme/shop is called initech/store now.");
    }

    [Fact]
    public async Task Nor_does_it_claim_an_id_before_its_owner_does()
    {
        await using var host = await WithEvilAsync();
        await AcceptAsync(host, new Push { Repository = "evil/hats" }, Id, SecretOfEvil);

        await AcceptAsync(host, new Push(), Id);
        (await ReleaseAsync(host, new Push { Repository = "initech/store" }, Id)).Application.ShouldBe("shop");
        (await ReleaseAsync(host, new Push { Repository = "evil/hats" }, Id, SecretOfEvil)).Application.ShouldBe(
            "hats"
        );
    }

    [Fact]
    public async Task Nor_does_it_get_one_whose_entry_names_its_id()
    {
        await using var host = await WithEvilAsync(
            "--ingress:repositories:3:name=acme/shop",
            $"--ingress:repositories:3:githubid={Id}"
        );

        (await ReleaseAsync(host, new Push { Repository = "evil/hats" }, Id, SecretOfEvil)).Application.ShouldBe(
            "hats"
        );
        using var answer = await DeliverAsync(host, new Push(), Id, SecretOfEvil);
        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task The_holder_of_a_general_secret_gets_none_with_its_own_by_its_id()
    {
        await using var host = await WithEvilAsync();
        await AcceptAsync(host, new Push { Repository = "evil/hats" }, Id, SecretOfEvil);

        await RefuseAsync(host, new Push { Repository = "nobody/knows" }, Id, "repository-unknown");
        using var answer = await DeliverAsync(host, new Push { Repository = "evil/hats" }, Id);
        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Entries_that_have_other_secrets_now_are_not_followed_by_what_the_former_ones_vouched_for()
    {
        await using (var before = await IngressHost.StartAsync(_data, owns: false))
        {
            await AcceptAsync(before, new Push(), Id);
        }

        await using var host = await IngressHost.StartAsync(
            _data,
            owns: false,
            "--ingress:repositories:2:name=acme/shop",
            "--ingress:repositories:2:webhooksecrets:0=a secret of the shop alone"
        );

        await RefuseAsync(host, new Push { Repository = "initech/store" }, Id, "repository-unknown");
    }

    [Fact]
    public async Task First_pushes_of_many_at_once_are_all_accepted_and_of_two_repositories_with_a_name_one()
    {
        await using var host = await IngressHost.StartAsync();

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(i => DeliverAsync(host, new Push(), i % 2 == 0 ? Id : OtherId))
        );

        answers.Count(it => it.StatusCode == HttpStatusCode.Accepted).ShouldBe(10);
        answers.Count(it => it.StatusCode == HttpStatusCode.UnprocessableEntity).ShouldBe(10);
        answers
            .Select((it, i) => (it.StatusCode, i % 2))
            .Distinct()
            .Count()
            .ShouldBe(2, "All of one repository are accepted, and none of the other.");
    }

    [Theory]
    [InlineData("acme/*", "github", 1, "github-id of 'acme/*'")]
    [InlineData("acme/shop", "gitlab", 1, "github-id of 'acme/shop'")]
    [InlineData("acme/shop", "github", 0, "github-id of 'acme/shop'")]
    public async Task An_id_that_names_no_single_repository_is_refused(
        string name,
        string source,
        long id,
        string expected
    )
    {
        var refusal = await Should.ThrowAsync<Exception>(() =>
            IngressHost.StartAsync(
                $"--ingress:repositories:2:name={name}",
                $"--ingress:repositories:2:source={source}",
                $"--ingress:repositories:2:githubid={id}"
            )
        );

        refusal.Message.ShouldContain(expected);
    }

    private static Task<IngressHost> WithEvilAsync(params string[] settings) =>
        IngressHost.StartAsync([
            "--ingress:repositories:2:name=evil/*",
            $"--ingress:repositories:2:webhooksecrets:0={SecretOfEvil}",
            .. settings,
        ]);

    private static async Task<string?> CheckAsync(IngressHost host)
    {
        var check = (await host.GetAsync("/api/status"))
            .GetProperty("checks")
            .EnumerateArray()
            .SingleOrDefault(it => it.Text("name") == "renamed-repositories");
        return check.ValueKind == JsonValueKind.Undefined ? null : check.Text("detail");
    }

    private static async Task<PushReceived> ReleaseAsync(
        IngressHost host,
        Push push,
        long id,
        string secret = IngressHost.Secret
    )
    {
        await AcceptAsync(host, push, id, secret);
        return await host.Sent.FirstAsync<PushReceived>(it => it.Source.Commit == push.After);
    }

    private static async Task AcceptAsync(IngressHost host, Push push, long id, string secret = IngressHost.Secret)
    {
        using var answer = await DeliverAsync(host, push, id, secret);
        answer.StatusCode.ShouldBe(HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync());
    }

    private static async Task RefuseAsync(IngressHost host, Push push, long id, string code)
    {
        using var answer = await DeliverAsync(host, push, id);
        await answer.ShouldBeProblemAsync(HttpStatusCode.UnprocessableEntity, code);
    }

    private static async Task<HttpResponseMessage> DeliverAsync(
        IngressHost host,
        Push push,
        long id,
        string secret = IngressHost.Secret
    )
    {
        var payload = JsonNode.Parse(push.ToJson())!;
        payload["repository"]!["id"] = id;
        var text = payload.ToJsonString();
        return await host.DeliverAsync(text, signature: GitHubSignature.Of(Encoding.UTF8.GetBytes(text), secret));
    }
}
