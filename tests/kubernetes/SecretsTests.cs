using Canary.Testing;
using k8s.Models;

namespace Canary.Kubernetes.Tests;

public sealed class SecretsTests
{
    public static TheoryData<string> Overlays => [.. Rendering.Overlays];

    [Fact]
    public async Task Secrets_are_made_once_and_for_their_owner_only()
    {
        await InstalledPackages.RequireAsync("openssh-client", "openssl");
        using var directory = new TempDirectory();
        directory.WriteFile("secrets/api-token", "the token of before");
        var first = await MakeAsync(directory);
        var second = await MakeAsync(directory);

        second.ShouldBe(first);
        first["api-token"].ShouldBe("the token of before");
        first["rabbitmq.conf"].ShouldContain(first["rabbitmq-password"].Trim());
        first
            .Where(file => file.Key.EndsWith("-password") || file.Key.EndsWith("-token"))
            .ShouldAllBe(file => file.Value.Length > 16);
        foreach (var name in first.Keys.Where(name => name is not ("api-token" or "id_ed25519.pub")))
        {
            File.GetUnixFileMode(directory.Combine("secrets", name)).ShouldBe(FileModes.Private);
        }
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Every_secret_is_explained(string overlay)
    {
        var page = await File.ReadAllTextAsync(SourceTree.PathOf("k8s", "README.md"));
        foreach (var name in (await Rendering.OfAsync(overlay)).Of<V1Secret>().SelectMany(secret => secret.Data.Keys))
        {
            page.ShouldContain($"`{name}`");
        }
    }

    [Fact]
    public async Task Git_ignores_secrets()
    {
        foreach (var overlay in Rendering.Overlays)
        {
            var result = await ProcessRunner.RunAsync(
                "git",
                ["check-ignore", "--quiet", $"k8s/{overlay}/secrets/api-token"],
                SourceTree.Root
            );
            result.ExitCode.ShouldBe(0, overlay);
        }
    }

    private static async Task<Dictionary<string, string>> MakeAsync(TempDirectory directory)
    {
        await ProcessRunner.OutputOfAsync(SourceTree.PathOf("k8s", "new-secrets.sh"), [directory.Path]);
        return Directory
            .EnumerateFiles(directory.Combine("secrets"))
            .ToDictionary(file => Path.GetFileName(file), File.ReadAllText);
    }
}
