namespace Canary.Packages.Tests;

/// <summary>`canary-server backup` and `restore`, by the programs of the packages.</summary>
public sealed class BackupTests(PackageRepository repository)
{
    [Fact]
    public async Task A_backup_of_a_running_server_is_restored_and_releases()
    {
        using var directory = new TempDirectory("canary-backup-test-");
        var data = directory.Combine("data");
        var file = directory.Combine("canary.backup");
        using var shop = await PlainShop.CreateAsync();
        await using (var server = await PackagedServer.StartAsync(repository.Programs, data))
        {
            (await server.CanaryAsync("run", "--repo", shop.Path, "--promote")).ExitCode.ShouldBe(0, server.Log);

            (await server.ServerAsync("backup", file)).EnsureSuccess().Error.ShouldContain("databases");

            File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
            var refused = await server.ServerAsync("restore", file);
            refused.ExitCode.ShouldBe(1);
            refused.Error.ShouldContain("Another canary-server runs on the data directory");
        }

        var again = directory.Combine("again");
        await RunAsync(["--data", again, "restore", file]);

        (await File.ReadAllTextAsync(Path.Combine(again, "secrets", "api-token"))).ShouldBe(
            await File.ReadAllTextAsync(Path.Combine(data, "secrets", "api-token"))
        );
        await using var restored = await PackagedServer.StartAsync(repository.Programs, again);
        (await restored.CanaryAsync("releases", "list", "--json")).EnsureSuccess().Output.ShouldContain("completed");
        (await restored.CanaryAsync("repo", "verify")).ExitCode.ShouldBe(0);
        await shop.WithFile("NEWS", "The second release.\n").CommitAsync();
        (await restored.CanaryAsync("run", "--repo", shop.Path, "--promote")).ExitCode.ShouldBe(0, restored.Log);
    }

    [Fact]
    public async Task A_file_that_is_damaged_or_foreign_changes_nothing()
    {
        using var directory = new TempDirectory("canary-backup-test-");
        var data = directory.CreateDirectory("data");
        await File.WriteAllTextAsync(Path.Combine(data, "kept"), "as it was");
        var file = directory.Combine("canary.backup");
        await RunAsync(["--data", data, "backup", file]);
        var whole = await File.ReadAllBytesAsync(file);

        await RefusedAsync([.. whole[..(whole.Length / 2)]], "is damaged");
        await RefusedAsync([.. whole[..60], (byte)(whole[60] ^ 0x40), .. whole[61..]], "is damaged");
        await RefusedAsync("a text"u8.ToArray(), "is no backup of canary-server");
        await RefusedAsync(await TarOfAsync(directory), "is no backup of canary-server");

        async Task RefusedAsync(byte[] content, string reason)
        {
            var wrong = directory.Combine("wrong.backup");
            await File.WriteAllBytesAsync(wrong, content);
            var said = await ProcessRunner.RunAsync(
                PackagedServer.ProgramIn(repository.Programs),
                ["--data", data, "restore", wrong]
            );
            said.ExitCode.ShouldBe(1);
            said.Error.ShouldContain(reason);
            Directory.GetFileSystemEntries(data).Select(Path.GetFileName).Order().ShouldBe(["kept", "lock"]);
        }
    }

    [Fact]
    public async Task As_root_it_has_no_more_rights_than_whom_the_data_belong_to()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Nobody else has rights to give up.");
        using var directory = new TempDirectory("canary-backup-test-");
        File.SetUnixFileMode(directory.Path, FileModes.PrivateDirectory | FileModes.Execute);
        await ProcessRunner.OutputOfAsync(
            "cp",
            ["--archive", Path.Combine(repository.Programs, "server"), directory.Path]
        );
        var program = directory.Combine("server", "canary-server");
        var data = directory.CreateDirectory("data");
        directory.WriteFile("data/ingress/kept", "as it was");
        directory.WriteFile("data/workspaces/checkouts/1/file", "of a commit");
        File.CreateSymbolicLink(directory.Combine("data", "workspaces", "checkouts", "a"), ".");
        File.CreateSymbolicLink(directory.Combine("data", "workspaces", "checkouts", "b"), ".");
        var configuration = directory.WriteFile(
            "canary.yml",
            "hosting: {public-address: 'https://canary.example.org'}\n"
        );
        await GiveAsync();
        var secret = directory.WriteFile("data/ingress/of-root", "what nobody may read");
        File.SetUnixFileMode(secret, UnixFileMode.UserRead);
        var file = directory.Combine("canary.backup");

        var refused = await RunAsync("--config", configuration, "--data", data, "backup", file);

        refused.ExitCode.ShouldBe(1);
        refused.Error.ShouldContain("of-root");
        File.Exists(file).ShouldBeFalse();

        File.Delete(secret);
        (await RunAsync("--config", configuration, "--data", data, "backup", file)).EnsureSuccess();
        (await ProcessRunner.OutputOfAsync("tar", ["--list", "--file", file])).ShouldNotContain("workspaces");
        (await RunAsync("--data", data, "backup", file)).Error.ShouldContain("is there already");

        directory.WriteFile("data/half-restored", "");
        (await RunAsync("--data", data, "--listen", "http://127.0.0.1:0")).Error.ShouldContain("stopped half way");
        await GiveAsync();
        await File.WriteAllTextAsync(configuration, "hosting: {public-address: 'https://other.example.org'}\n");
        (await RunAsync("--config", configuration, "--data", data, "restore", file)).EnsureSuccess();

        Directory
            .GetFileSystemEntries(data)
            .ShouldNotContain(path => path.EndsWith("half-restored", StringComparison.Ordinal));
        (await File.ReadAllTextAsync(Path.Combine(data, "ingress", "kept"))).ShouldBe("as it was");
        (await File.ReadAllTextAsync(Path.Combine(data, "restored-configuration.yml"))).ShouldContain(
            "https://canary.example.org"
        );
        (await ProcessRunner.OutputOfAsync("find", [data, "!", "-user", "nobody"])).ShouldBeEmpty();

        Task GiveAsync() =>
            ProcessRunner.OutputOfAsync("chown", ["--recursive", "--no-dereference", "nobody:nogroup", data]);

        // As libpam-tmpdir has it: nobody else gets into root's directory for temporary files.
        Task<ToolResult> RunAsync(params string[] arguments) =>
            ProcessRunner.RunAsync(
                program,
                arguments,
                environment: new Dictionary<string, string?> { ["TMPDIR"] = directory.CreateDirectory("of-root") }
            );
    }

    private static async Task<byte[]> TarOfAsync(TempDirectory directory)
    {
        var archive = directory.Combine("other.tar.gz");
        await ProcessRunner.OutputOfAsync("tar", ["-czf", archive, "-C", directory.Path, "data"]);
        return await File.ReadAllBytesAsync(archive);
    }

    private async Task RunAsync(string[] arguments) =>
        await ProcessRunner.OutputOfAsync(PackagedServer.ProgramIn(repository.Programs), arguments);
}
