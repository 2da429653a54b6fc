using System.Text;
using Canary.Hosting.Security;
using Canary.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Hosting.Tests.Security;

public sealed class KnownSecretsTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_host_knows_its_tokens_and_the_passwords_that_its_configuration_names()
    {
        var password = _directory.WriteFile("database-password", "of-the-database\n");
        var credentials = _directory.WriteFile("git", "https://me:p%40ssword@git.example.org\n");
        var builder = CanaryHost.CreateBuilder([
            $"--hosting:data={_directory.Path}",
            $"--hosting:storage:passwordfile={password}",
            $"--workspaces:credentialsfile={credentials}",
        ]);
        builder.AddModule<ParcelStore>("parcels", module => module.AddWorkspaces());
        using var app = (IDisposable)builder.Build();

        var secrets = ((WebApplication)app)
            .Services.GetRequiredService<KnownSecrets>()
            .Read()
            .Select(Encoding.UTF8.GetString)
            .ToList();

        foreach (var token in new[] { "api-token", "read-token", "service-token" })
        {
            secrets.ShouldContain(File.ReadAllText(_directory.Combine("secrets", token)));
        }
        secrets.ShouldContain("of-the-database\n");
        secrets.ShouldContain("p@ssword");
    }

    [Fact]
    public void What_cannot_be_read_is_left_out() =>
        new KnownSecrets([SecretSource.OfFiles(() => [null, _directory.Combine("none")])]).Read().ShouldBeEmpty();
}
