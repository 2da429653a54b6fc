using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Canary.Failures;
using Canary.Hosting;
using Canary.Hosting.Security;
using Canary.RepositoryPublisher.Access;
using Canary.RepositoryPublisher.Signing;
using Canary.RepositoryPublisher.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Canary.RepositoryPublisher.Tests.Access;

/// <summary>A repository that is for users only: their passwords are made by the real htpasswd and shown by the real apt.</summary>
public sealed class RepositoryAccessTests : IAsyncLifetime
{
    private readonly TempDirectory _directory = new();
    private Repository _repository = null!;

    private string Users => _directory.Combine("users");

    public async ValueTask InitializeAsync()
    {
        await InstalledPackages.RequireAsync("apache2-utils");
        await HtpasswdAsync("-c", "-B", "fleet", "open-sesame");
        _repository = await Repository.StartAsync(tokens: new TokenOfShop(), settings: [$"access:usersfile={Users}"]);
        await _repository.ReleaseAsync("shop", "1.0");
    }

    public async ValueTask DisposeAsync()
    {
        await _repository.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Host_with_the_password_installs()
    {
        using var host = _repository.Host();
        host.Show(_repository.RepositoryAddress, "fleet", "open-sesame");

        (await host.UpdateAsync()).EnsureSuccess();
        (await host.InstallAsync("shop")).EnsureSuccess();

        (await host.InstalledAsync("shop")).ShouldBe("1.0");
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("fleet", "wrong")]
    [InlineData("stranger", "wrong")]
    public async Task Host_without_it_reads_nothing(string? user, string? password)
    {
        using var host = _repository.Host();
        if (user is not null)
        {
            host.Show(_repository.RepositoryAddress, user, password!);
        }

        var update = await host.UpdateAsync();

        update.ExitCode.ShouldNotBe(0);
        update.Text.ShouldContain("401");
        (await host.VersionsAsync("shop")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("repository/")]
    [InlineData("repository/dists/production/InRelease")]
    [InlineData("repository/pool/main/s/shop/shop_1.0_all.deb")]
    public async Task Everything_but_the_keys_asks_for_a_user(string path)
    {
        using var answer = await AskAsync(path, authorization: null);

        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        answer.Headers.WwwAuthenticate.Single().Scheme.ShouldBe("Basic");
        (await answer.Content.ReadAsStringAsync()).ShouldContain(RepositoryPublisherCodes.PasswordMissing);
        using var key = await AskAsync("repository/canary-archive-keyring.pgp", authorization: null);
        key.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_users_read_is_not_kept_for_others()
    {
        using var answer = await AskAsync(
            "repository/pool/main/s/shop/shop_1.0_all.deb",
            Basic("fleet", "open-sesame")
        );

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Headers.CacheControl!.ToString().ShouldContain("private");
        answer.Headers.Vary.ShouldContain("Authorization");
    }

    [Theory]
    [InlineData("Basic")]
    [InlineData("Basic !")]
    [InlineData("Basic bm8tY29sb24=")]
    [InlineData("Bearer nobody")]
    [InlineData($"Bearer {TokenOfShop.Value}")]
    public async Task Half_a_header_and_the_token_of_one_application_open_nothing(string header)
    {
        using var answer = await AskAsync("repository/", AuthenticationHeaderValue.Parse(header));

        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Services_of_this_installation_are_let_in()
    {
        var password = _repository.Services.GetRequiredService<ServicePassword>().Value;

        foreach (
            var authorization in new[]
            {
                Basic(ServicePassword.User, password),
                _repository.Http.DefaultRequestHeaders.Authorization!,
            }
        )
        {
            using var answer = await AskAsync("repository/dists/production/Release", authorization);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        }
    }

    [Fact]
    public async Task User_who_is_taken_out_of_the_file_is_let_in_no_more()
    {
        (await StatusOfAsync("fleet", "open-sesame")).ShouldBe(HttpStatusCode.OK);

        await HtpasswdAsync("-B", "other", "another password");
        (await StatusOfAsync("other", "another password")).ShouldBe(HttpStatusCode.OK);
        await HtpasswdAsync("-D", "fleet");

        (await StatusOfAsync("fleet", "open-sesame")).ShouldBe(HttpStatusCode.Unauthorized);
        (await StatusOfAsync("other", "another password")).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task File_that_is_gone_leaves_the_users_of_before_and_a_start_fails_without_it()
    {
        (await StatusOfAsync("fleet", "open-sesame")).ShouldBe(HttpStatusCode.OK);
        File.Delete(Users);

        (await StatusOfAsync("fleet", "open-sesame")).ShouldBe(HttpStatusCode.OK);
        (await StatusOfAsync("fleet", "wrong")).ShouldBe(HttpStatusCode.Unauthorized);
        (await CheckAsync()).Status.ShouldBe(HealthStatus.Unhealthy);
        var start = await Should.ThrowAsync<CanaryException>(() =>
            Repository.StartAsync(settings: [$"access:usersfile={Users}"])
        );
        start.Code.ShouldBe(RepositoryPublisherCodes.UsersFileUnreadable);
    }

    [Fact]
    public async Task File_that_could_not_be_read_is_read_when_it_can()
    {
        (await StatusOfAsync("fleet", "open-sesame")).ShouldBe(HttpStatusCode.OK);
        await HtpasswdAsync("-B", "other", "another password");
        await using (new FileStream(Users, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            (await StatusOfAsync("other", "another password")).ShouldBe(HttpStatusCode.Unauthorized);
        }

        (await StatusOfAsync("other", "another password")).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Guesses_at_once_are_counted_like_those_that_come_one_by_one()
    {
        var access = _repository.Services.GetRequiredService<RepositoryAccess>();

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 200)
                .Select(guess => access.AskAsync("fleet", $"guess {guess}", IPAddress.Loopback, CancellationToken.None))
        );

        answers.Count(answer => answer == AccessAnswer.Refused).ShouldBeInRange(20, 30 + Environment.ProcessorCount);
    }

    [Fact]
    public async Task Who_guesses_is_put_off_and_who_is_known_is_not()
    {
        (await StatusOfAsync("fleet", "open-sesame")).ShouldBe(HttpStatusCode.OK);

        HttpStatusCode answer;
        var tries = 0;
        do
        {
            answer = await StatusOfAsync("fleet", $"guess {tries}");
        } while (answer == HttpStatusCode.Unauthorized && ++tries < 200);

        answer.ShouldBe(HttpStatusCode.TooManyRequests);
        (await StatusOfAsync("fleet", "open-sesame")).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Doctor_says_whose_password_cannot_be_checked()
    {
        (await CheckAsync()).Status.ShouldBe(HealthStatus.Healthy);

        await HtpasswdAsync("-m", "old", "hashed by MD5");

        var check = await CheckAsync();
        check.Status.ShouldBe(HealthStatus.Degraded);
        check.Description!.ShouldContain("line 2");
        (await StatusOfAsync("old", "hashed by MD5")).ShouldBe(HttpStatusCode.Unauthorized);
        (await StatusOfAsync("fleet", "open-sesame")).ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("http://0.0.0.0:8480", null, HealthStatus.Degraded)]
    [InlineData("http://127.0.0.1:8480", "http://packages.example.org", HealthStatus.Degraded)]
    [InlineData("http://127.0.0.1:8480", "https://packages.example.org", HealthStatus.Healthy)]
    [InlineData("https://0.0.0.0:8443", null, HealthStatus.Healthy)]
    public async Task Doctor_says_when_passwords_go_by_http(string listen, string? publicAddress, HealthStatus status)
    {
        var check = new AccessCheck(
            _repository.Services.GetRequiredService<RepositoryUsers>(),
            Options.Create(new HostingOptions { Listen = listen, PublicAddress = publicAddress })
        );

        (await check.CheckHealthAsync(new HealthCheckContext())).Status.ShouldBe(status);
    }

    [Fact]
    public async Task Host_that_is_set_up_with_the_password_from_standard_input_reads_the_repository()
    {
        await using var machine = await EmptyMachine.StartAsync();
        var fingerprint = _repository.Services.GetRequiredService<SigningKeys>().Now.Current.Fingerprint;
        const string Password = "long-random-password";
        await HtpasswdAsync("-B", "web", Password);

        (
            await machine.InstallWithInputAsync(
                _repository.RepositoryAddress,
                Password + "\n",
                "--fingerprint",
                fingerprint,
                "--repository-user",
                "web",
                "--repository-password-file",
                "-"
            )
        ).EnsureSuccess();

        machine
            .Read("etc/apt/auth.conf.d/canary.conf")
            .ShouldBe($"machine {_repository.RepositoryAddress} login web password {Password}\n");
        File.GetUnixFileMode(machine.PathOf("etc/apt/auth.conf.d/canary.conf"))
            .ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await machine.RunAsync("/usr/bin/apt-get", "update")).EnsureSuccess();
        (await machine.RunAsync("/usr/bin/apt-cache", "policy", "shop")).EnsureSuccess().Output.ShouldContain("1.0");

        (await machine.InstallAsync(_repository.RepositoryAddress, "--fingerprint", fingerprint)).EnsureSuccess();
        machine.Read("etc/apt/auth.conf.d/canary.conf").ShouldContain(Password);
    }

    [Fact]
    public async Task Host_that_is_set_up_with_the_password_from_the_environment_has_it()
    {
        await using var machine = await EmptyMachine.StartAsync();
        await HtpasswdAsync("-B", "web", "long-random-password");

        (
            await machine.InstallWithEnvironmentAsync(
                _repository.RepositoryAddress,
                "CANARY_REPOSITORY_PASSWORD",
                "long-random-password",
                "--trust-on-first-use",
                "--repository-user",
                "web"
            )
        ).EnsureSuccess();

        machine
            .Read("etc/apt/auth.conf.d/canary.conf")
            .ShouldBe($"machine {_repository.RepositoryAddress} login web password long-random-password\n");
    }

    [Fact]
    public async Task A_host_that_is_set_up_without_a_user_is_told_so()
    {
        await using var machine = await EmptyMachine.StartAsync();

        var refused = await machine.InstallAsync(_repository.RepositoryAddress, "--trust-on-first-use");

        refused.ExitCode.ShouldBe(1);
        refused.Error.ShouldContain("--repository-user");
        machine.Has("usr/sbin/canary-apply").ShouldBeFalse();
    }

    [Fact]
    public async Task Half_of_the_options_is_refused()
    {
        await using var machine = await EmptyMachine.StartAsync();

        var refused = await machine.InstallAsync(
            _repository.RepositoryAddress,
            "--trust-on-first-use",
            "--repository-user",
            "web"
        );

        refused.ExitCode.ShouldBe(1);
        refused.Error.ShouldContain("belong together");
    }

    private static AuthenticationHeaderValue Basic(string user, string password) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));

    private async Task<HttpStatusCode> StatusOfAsync(string user, string password)
    {
        using var answer = await AskAsync("repository/dists/production/Release", Basic(user, password));
        return answer.StatusCode;
    }

    private async Task<HttpResponseMessage> AskAsync(string path, AuthenticationHeaderValue? authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = authorization;
        using var http = new HttpClient();
        request.RequestUri = new Uri(_repository.Address, path);
        return await http.SendAsync(request);
    }

    private Task<HealthCheckResult> CheckAsync() =>
        new AccessCheck(
            _repository.Services.GetRequiredService<RepositoryUsers>(),
            _repository.Services.GetRequiredService<IOptions<HostingOptions>>()
        ).CheckHealthAsync(new HealthCheckContext());

    /// <summary>The last two are user and password, of <c>-D</c> the user alone.</summary>
    private async Task HtpasswdAsync(params string[] arguments)
    {
        var options = arguments.TakeWhile(argument => argument.StartsWith('-')).ToList();
        var named = arguments.Skip(options.Count).ToList();
        IEnumerable<string> input = named.Count > 1 ? ["-i"] : [];
        (
            await ProcessRunner.RunAsync(
                "htpasswd",
                [.. options, .. input, Users, named[0]],
                input: named.Count > 1 ? named[1] + "\n" : null
            )
        ).EnsureSuccess();
    }

    private sealed class TokenOfShop : IApplicationTokens
    {
        public const string Value = "a-token-of-shop-alone";

        public string? ApplicationOf(string presented) => presented == Value ? "shop" : null;
    }
}
