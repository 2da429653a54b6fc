using Canary.Contracts.Publishing;
using Canary.RepositoryPublisher.Signing;
using Canary.RepositoryPublisher.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.RepositoryPublisher.Tests;

public sealed class SuiteTests
{
    [Fact]
    public async Task Host_installs_what_is_advertised_with_its_signature_checked()
    {
        await using var repository = await Repository.StartAsync();
        await repository.ReleaseAsync("shop", "1.0");
        using var host = repository.Host();

        (await host.UpdateAsync()).EnsureSuccess();
        (await host.InstallAsync("shop")).EnsureSuccess();

        (await host.InstalledAsync("shop")).ShouldBe("1.0");
    }
}
