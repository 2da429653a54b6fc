using Canary.RepositoryPublisher.Signing;
using Canary.RepositoryPublisher.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.RepositoryPublisher.Tests.Signing;

/// <summary>apt refuses a repository that calls itself otherwise than before (<c>Origin</c>, <c>Label</c>), until somebody says that it may.</summary>
public sealed class RenamedRepositoryTests : IDisposable
{
    private readonly TempDirectory _data = new();

    private readonly string _address = FormattableString.Invariant(
        $"hosting:listen=http://127.0.0.1:{FreePort.Next()}"
    );

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Hosts_follow_a_repository_that_its_operator_renames()
    {
        await using var machine = await EmptyMachine.StartAsync();
        await using (var repository = await Repository.StartAsync(_data.Path, settings: [_address]))
        {
            await repository.ReleaseAsync("shop", "1.0");
            var fingerprint = repository.Services.GetRequiredService<SigningKeys>().Now.Current.Fingerprint;
            (await machine.InstallAsync(repository.RepositoryAddress, "--fingerprint", fingerprint)).EnsureSuccess();
            (await InstallAsync(machine, "1.0")).EnsureSuccess();
        }

        await using (
            var renamed = await Repository.StartAsync(
                _data.Path,
                settings: [_address, "origin=Acme", "label=Acme apps"]
            )
        )
        {
            await renamed.ReleaseAsync("shop", "2.0");
            var alone = await machine.RunAsync("/usr/bin/apt-get", "update");
            alone.Text.ShouldContain("changed its 'Origin' value from 'Canary' to 'Acme'");

            (await InstallAsync(machine, "2.0")).EnsureSuccess();

            (await machine.RunAsync("/usr/bin/apt-get", "update")).EnsureSuccess();
            var policy = (await machine.RunAsync("/usr/bin/apt-cache", "policy", "shop")).EnsureSuccess().Output;
            policy.ShouldContain("Installed: 2.0");
            policy.ShouldContain(
                "1001",
                customMessage: "It is pinned by its address, so it may still take versions back."
            );
        }

        await using var again = await Repository.StartAsync(_data.Path, settings: [_address, "label=Acme"]);
        await again.ReleaseAsync("shop", "3.0");
        (await InstallAsync(machine, "3.0")).EnsureSuccess();
    }

    private static Task<ToolResult> InstallAsync(EmptyMachine machine, string version) =>
        machine.ApplyAsRootAsync("v1", "install", "shop", version, "60");
}
