using System.Net;
using System.Text;
using Canary.Contracts.Releases;
using Canary.Ingress.Repositories;
using Canary.Ingress.Webhooks;
using Canary.Ingress.Webhooks.Sources.GitHub;
using Canary.Testing;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Tests.Webhooks;

public class WebhookConfigurationTests
{
    [Fact]
    public async Task Other_branches_can_be_ignored()
    {
        await using var host = await IngressHost.StartAsync("--ingress:otherbranches=ignore");

        using var answer = await host.DeliverAsync(new Push { Ref = "refs/heads/feature" }.ToJson());

        (await answer.ShouldBeAsync(HttpStatusCode.OK)).Text("code").ShouldBe("other-branch");
    }

    [Fact]
    public async Task An_entry_sets_application_branch_and_clone_address()
    {
        await using var host = await IngressHost.StartAsync(
            "--ingress:repositories:2:name=acme/store",
            "--ingress:repositories:2:application=web-shop",
            "--ingress:repositories:2:branch=release",
            "--ingress:repositories:2:cloneurl=git@git.acme.example:{repository}.git"
        );
        var id = await host.AcceptAsync(
            new Push
            {
                Repository = "acme/store",
                Ref = "refs/heads/release",
                CloneUrl = "https://elsewhere.example/x.git",
            }
        );

        var sent = await host.Sent.FirstAsync<PushReceived>(x => x.ReleaseId == id);
        sent.Application.ShouldBe("web-shop");
        sent.Deploys.ShouldBeTrue();
        sent.Source.CloneUrl.ShouldBe("git@git.acme.example:acme/store.git");
    }

    [Fact]
    public async Task A_local_address_is_taken_where_it_is_allowed()
    {
        await using var host = await IngressHost.StartAsync(
            "--ingress:cloneschemes:0=https",
            "--ingress:cloneschemes:1=file"
        );

        await host.AcceptAsync(new Push { CloneUrl = "file:///srv/git/shop.git" });
    }

    [Fact]
    public async Task A_secret_file_is_read_again_when_it_changes()
    {
        using var directory = new TempDirectory();
        var file = directory.WriteFile("secret", "the first secret\n");
        await using var host = await IngressHost.StartAsync($"--ingress:webhooksecretfiles:0={file}");
        const string Ping = "{}";

        (await SignedByAsync("the first secret")).ShouldBe(HttpStatusCode.OK);
        (await SignedByAsync("the second secret")).ShouldBe(HttpStatusCode.Unauthorized);

        File.WriteAllText(file, "the second secret\n");
        File.SetLastWriteTimeUtc(file, new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        (await SignedByAsync("the second secret")).ShouldBe(HttpStatusCode.OK);
        (await SignedByAsync("the first secret")).ShouldBe(HttpStatusCode.Unauthorized);
        (await SignedByAsync(IngressHost.Secret)).ShouldBe(HttpStatusCode.OK);

        async Task<HttpStatusCode> SignedByAsync(string secret)
        {
            var signature = GitHubSignature.Of(Encoding.UTF8.GetBytes(Ping), secret);
            using var answer = await host.DeliverAsync(Ping, "ping", signature: signature);
            return answer.StatusCode;
        }
    }

    [Fact]
    public void Without_a_configured_secret_the_server_makes_a_private_one()
    {
        using var directory = new TempDirectory();
        var secrets = Secrets(directory, new IngressOptions());

        var secret = secrets.Current().ShouldHaveSingleItem().Secrets.ShouldHaveSingleItem();

        var file = secrets.OwnFileFor(SourceKind.Github).ShouldNotBeNull();
        Encoding.UTF8.GetString(secret).ShouldBe(File.ReadAllText(file).Trim());
        secret.Length.ShouldBeGreaterThanOrEqualTo(32);
        File.GetUnixFileMode(file).ShouldBe(FileModes.Private);
        Secrets(directory, new IngressOptions())
            .Current()
            .ShouldHaveSingleItem()
            .Secrets.ShouldHaveSingleItem()
            .ShouldBe(secret);
    }

    [Fact]
    public async Task The_secret_that_the_server_makes_is_there_before_the_first_webhook()
    {
        using var directory = new TempDirectory();
        var secrets = Secrets(directory, new IngressOptions());

        await secrets.StartAsync(TestContext.Current.CancellationToken);

        File.Exists(directory.Combine("ingress", "webhook-secret")).ShouldBeTrue();
    }

    [Fact]
    public void An_unreadable_secret_file_never_opens_the_door()
    {
        using var directory = new TempDirectory();
        var secrets = Secrets(directory, new IngressOptions { WebhookSecretFiles = [directory.Combine("missing")] });

        Should.Throw<Canary.Failures.CanaryException>(secrets.Current).Code.ShouldBe("webhook-secret-unreadable");
    }

    private static WebhookSecrets Secrets(TempDirectory directory, IngressOptions options) =>
        new(
            new FixedOptions(options),
            new Canary.Files.DataDirectory(directory.Path),
            new SecretFiles(Microsoft.Extensions.Logging.Abstractions.NullLogger<SecretFiles>.Instance)
        );

    private sealed class FixedOptions(IngressOptions value) : IOptionsMonitor<IngressOptions>
    {
        public IngressOptions CurrentValue => value;

        public IngressOptions Get(string? name) => value;

        public IDisposable? OnChange(Action<IngressOptions, string?> listener) => null;
    }
}
