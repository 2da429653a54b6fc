using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Canary.Failures;
using Canary.Hosting.Http;
using Canary.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Canary.Hosting.Tests.Http;

public sealed class HttpsTests : IDisposable
{
    private readonly CertificateAuthority _authority = new();
    private readonly TempDirectory _directory = new();

    private string CertificateFile => _directory.Combine("server.pem");

    private string KeyFile => _directory.Combine("server.key");

    public void Dispose()
    {
        _directory.Dispose();
        _authority.Dispose();
    }

    [Fact]
    public async Task A_client_that_trusts_the_root_alone_is_answered_and_told_to_stay_with_HTTPS()
    {
        Install(_authority.Issue("127.0.0.1"));
        await using var host = await StartAsync();
        using var http = Client(host);

        using var answer = await http.GetAsync("/scheme");

        (await answer.Content.ReadAsStringAsync()).ShouldBe("https");
        answer.Headers.GetValues("Strict-Transport-Security").ShouldBe(["max-age=31536000"]);
    }

    [Fact]
    public async Task A_renewed_certificate_is_used_without_a_restart_and_a_broken_one_is_not()
    {
        Install(_authority.Issue("127.0.0.1"));
        await using var host = await StartAsync();
        var first = await SerialAsync(host);

        await File.WriteAllTextAsync(CertificateFile, "-----BEGIN CERTIFICATE-----\nhalf");
        (await SerialAsync(host)).ShouldBe(first);

        Install(_authority.Issue("127.0.0.1"));
        var second = await SerialAsync(host);

        second.ShouldNotBe(first);
    }

    [Fact]
    public async Task Plain_HTTP_has_no_such_header()
    {
        await using var host = await TestHost.StartAsync(_ => { });
        using var http = new HttpClient { BaseAddress = host.Address };

        using var answer = await http.GetAsync("/health/live");

        answer.Headers.Contains("Strict-Transport-Security").ShouldBeFalse();
    }

    [Fact]
    public async Task HTTPS_without_a_certificate_is_refused_at_start()
    {
        var fault = await Should.ThrowAsync<OptionsValidationException>(() =>
            TestHost.StartAsync(_ => { }, "--hosting:listen=https://127.0.0.1:0")
        );

        fault.Message.ShouldContain("hosting.certificate-file");
    }

    [Fact]
    public async Task A_certificate_that_cannot_be_read_is_told_at_start()
    {
        _directory.WriteFile("server.pem", "nothing");
        _directory.WriteFile("server.key", "nothing");

        var fault = await Should.ThrowAsync<CanaryException>(StartAsync);

        fault.Code.ShouldBe("certificate-unusable");
        fault.Message.ShouldContain(CertificateFile);
    }

    [Theory]
    [InlineData(-30, HealthStatus.Healthy, "until")]
    [InlineData(0, HealthStatus.Degraded, "until")]
    [InlineData(1, HealthStatus.Unhealthy, "ended")]
    public async Task A_certificate_that_ends_is_told_in_time(int daysLater, HealthStatus status, string words)
    {
        // It is for half a day.
        Install(_authority.Issue("127.0.0.1"));
        var options = Options.Create(
            new HostingOptions { CertificateFile = CertificateFile, CertificateKeyFile = KeyFile }
        );
        var check = new CertificateCheck(
            new HttpsCertificate(options, NullLogger<HttpsCertificate>.Instance),
            options,
            new SetClock(TimeSpan.FromDays(daysLater))
        );

        var result = await check.CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken);

        result.Status.ShouldBe(status);
        result.Description.ShouldNotBeNull().ShouldContain(words);
    }

    private Task<TestHost> StartAsync() =>
        TestHost.StartAsync(
            module =>
                module.MapEndpoints(routes =>
                    routes.MapGet("/scheme", (Microsoft.AspNetCore.Http.HttpContext context) => context.Request.Scheme)
                ),
            "--hosting:listen=https://127.0.0.1:0",
            $"--hosting:certificatefile={CertificateFile}",
            $"--hosting:certificatekeyfile={KeyFile}"
        );

    private void Install(ServerCertificate certificate)
    {
        File.Copy(certificate.KeyFile, KeyFile, overwrite: true);
        File.Copy(certificate.File, CertificateFile, overwrite: true);
    }

    private async Task<string> SerialAsync(TestHost host)
    {
        X509Certificate2? seen = null;
        using var http = Client(host, certificate => seen = new X509Certificate2(certificate));
        using var answer = await http.GetAsync("/health/live");
        return seen.ShouldNotBeNull().SerialNumber;
    }

    /// <summary>A client that knows the root, and gets what is between it and the server from the server.</summary>
    private HttpClient Client(TestHost host, Action<X509Certificate2>? see = null)
    {
        var root = X509Certificate2.CreateFromPem(File.ReadAllText(_authority.File));
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { root },
                    RevocationMode = X509RevocationMode.NoCheck,
                    DisableCertificateDownloads = true,
                },
                RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                {
                    see?.Invoke((X509Certificate2)certificate!);
                    return errors == SslPolicyErrors.None;
                },
            },
        };
        return new HttpClient(handler) { BaseAddress = host.Address };
    }
}
