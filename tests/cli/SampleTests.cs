using Canary.Testing;

namespace Canary.Cli.Tests;

public sealed class SampleTests
{
    [Fact]
    public async Task Shop_passes_its_own_tests()
    {
        using var copy = await CopyAsync();

        (await ProcessRunner.RunAsync(Path.Combine(copy.Path, "script", "cisetup"), [], copy.Path)).EnsureSuccess();
        var build = await ProcessRunner.RunAsync(Path.Combine(copy.Path, "script", "cibuild"), [], copy.Path);

        build.EnsureSuccess().Output.ShouldContain(" passed, 0 failed");
    }

    [Fact]
    public async Task Broken_shop_passes_its_tests_and_is_not_well_where_it_runs()
    {
        using var copy = await CopyAsync();
        await copy.GitAsync("apply", SourceTree.PathOf("samples", "shop-broken.patch"));
        (await ProcessRunner.RunAsync(Path.Combine(copy.Path, "script", "cibuild"), [], copy.Path)).EnsureSuccess();
        using var root = new ShopHost(copy.Path);

        await root.ScriptAsync("post-inst", "configure", "");

        (await root.HealthAsync()).ShouldBe(503);
    }

    [Fact]
    public async Task Shop_survives_repeated_installation_and_removal()
    {
        using var copy = await CopyAsync();
        using var root = new ShopHost(copy.Path);

        await root.ScriptAsync("post-inst", "configure", "");
        await root.ScriptAsync("post-inst", "configure", "1.0.0-2");
        (await root.HealthAsync()).ShouldBe(200);
        await root.ScriptAsync("pre-rm", "upgrade", "1.1.0");
        (await root.HealthAsync()).ShouldBe(200);

        await root.ScriptAsync("pre-rm", "remove");
        await root.ScriptAsync("pre-rm", "remove");
        (await root.HealthAsync()).ShouldBe(0);
    }

    private static async Task<GitRepository> CopyAsync()
    {
        var copy = await GitRepository.CreateAsync(name: "shop");
        (
            await ProcessRunner.RunAsync("cp", ["-a", SourceTree.PathOf("samples", "shop") + "/.", copy.Path])
        ).EnsureSuccess();
        await copy.CommitAsync();
        return copy;
    }

    /// <summary>A package root with the shop in it, as dpkg's --root leaves it.</summary>
    private sealed class ShopHost : IDisposable
    {
        private readonly TempDirectory _root = new();
        private readonly int _port = FreePort.Next();

        public ShopHost(string source)
        {
            _root.CreateDirectory("opt");
            Directory.CreateSymbolicLink(_root.Combine("opt", "shop"), source);
            _root.WriteFile("etc/default/shop", $"PORT={_port}\n");
        }

        public async Task ScriptAsync(string name, params string[] arguments)
        {
            var environment = new Dictionary<string, string?>
            {
                ["DPKG_ROOT"] = _root.Path,
                ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin",
            };
            var script = _root.Combine("opt", "shop", "script", name);
            (await ProcessRunner.RunAsync(script, arguments, environment: environment)).EnsureSuccess();
        }

        /// <summary>The status of /health; 0 when nothing listens and no process is left.</summary>
        public async Task<int> HealthAsync()
        {
            using var http = new HttpClient();
            var status = 0;
            await Eventually.TrueAsync(async () =>
            {
                try
                {
                    using var answer = await http.GetAsync($"http://127.0.0.1:{_port}/health");
                    status = (int)answer.StatusCode;
                    return true;
                }
                catch (HttpRequestException)
                {
                    status = 0;
                    return !File.Exists(_root.Combine("run", "shop.pid"));
                }
            });
            return status;
        }

        public void Dispose()
        {
            ScriptAsync("pre-rm", "remove").GetAwaiter().GetResult();
            _root.Dispose();
        }
    }
}
