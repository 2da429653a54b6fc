using System.Formats.Tar;
using Canary.Failures;
using Canary.RepositoryPublisher.Names;
using Canary.RepositoryPublisher.Tests.Fixtures;

namespace Canary.RepositoryPublisher.Tests.Names;

public sealed class PackageAdmissionTests
{
    [Theory]
    [InlineData("bash")]
    [InlineData("libc6")]
    [InlineData("systemd")]
    [InlineData("dpkg-dev")]
    [InlineData("openssh-server")]
    [InlineData("sudo")]
    [InlineData("sudo-rs")]
    [InlineData("netplan.io")]
    [InlineData("linux-image-amd64")]
    [InlineData("grub-pc")]
    [InlineData("libc6-")]
    [InlineData("libc6+")]
    public async Task Name_that_hosts_need_from_Debian_is_refused_unless_it_is_allowed(string name)
    {
        await using var repository = await Repository.StartAsync();
        await using var allowing = await Repository.StartAsync(settings: [$"Admission:ReservedNames:0={name}"]);

        var fault = await RefusalAsync(repository, DebPackage.Create(name));

        fault.Code.ShouldBe("package-name-reserved");
        fault.Remedy.ShouldContain("repository-publisher.admission.reserved-names");
        await allowing.PublishAsync(name, "1.0");
    }

    [Fact]
    public async Task Epoch_is_refused_unless_it_is_allowed()
    {
        await using var repository = await Repository.StartAsync();
        await using var allowing = await Repository.StartAsync(settings: ["Admission:Epochs:0=shop"]);

        (await RefusalAsync(repository, DebPackage.Create(version: "1:1.0"))).Code.ShouldBe("epoch-not-allowed");
        await allowing.PublishAsync("shop", "1:1.0");
    }

    [Theory]
    [InlineData("Essential: yes")]
    [InlineData("essential: no")]
    [InlineData("Important: yes")]
    [InlineData("Protected: yes")]
    [InlineData("Ruby-Versions: all")]
    [InlineData("Filename: /etc/passwd")]
    [InlineData("Phased-Update-Percentage: 1")]
    [InlineData("Task: desktop")]
    public async Task Field_that_is_not_known_is_refused(string line)
    {
        await using var repository = await Repository.StartAsync();

        var fault = await RefusalAsync(repository, DebPackage.Create(fields: $"{line}\n"));

        fault.Code.ShouldBe("control-field-not-allowed");
        fault.Message.ShouldContain(line.Split(':')[0]);
        Directory.GetFiles(repository.Layout.Incoming).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Section: a b")]
    [InlineData("Homepage: https://example.org\n more")]
    [InlineData("Source:")]
    [InlineData("Multi-Arch: sometimes")]
    [InlineData("Depends: libc6 [amd64]")]
    public async Task Field_that_apt_or_dpkg_does_not_read_is_refused(string line)
    {
        await using var repository = await Repository.StartAsync();

        var fault = await RefusalAsync(repository, DebPackage.Create(fields: $"{line}\n"));

        fault.Code.ShouldBe("package-invalid");
        fault.Message.ShouldContain(line.Split(':')[0]);
    }

    [Fact]
    public async Task Field_is_taken_when_it_is_allowed_and_never_one_that_decides_over_hosts()
    {
        await using var allowing = await Repository.StartAsync(settings: ["Admission:Fields:0=Ruby-Versions"]);
        await allowing.PublishAsync(DebPackage.Create(fields: "Ruby-Versions: all\nMulti-Arch: foreign\n"));

        (
            await Should.ThrowAsync<Exception>(() => Repository.StartAsync(settings: ["Admission:Fields:0=Essential"]))
        ).Message.ShouldContain("Essential");
    }

    [Theory]
    [InlineData("Built-Using: golang-1.24 (= 1.24.4-1), golang-go.crypto (= 1:0.25.0-1)")]
    [InlineData("Static-Built-Using: rust-libc (= 0.2.169-1)")]
    [InlineData("Original-Maintainer: Debian Go Packaging Team <team@example.org>")]
    public async Task Field_that_Debian_and_Ubuntu_tell_the_origin_by_is_taken(string line)
    {
        await using var repository = await Repository.StartAsync();

        await repository.PublishAsync(DebPackage.Create(fields: $"{line}\n"));
    }

    [Theory]
    [InlineData("Provides")]
    [InlineData("Replaces")]
    [InlineData("Conflicts")]
    [InlineData("Breaks")]
    public async Task Package_cannot_take_the_place_of_one_that_is_not_its_applications(string field)
    {
        await using var repository = await Repository.StartAsync(settings: ["Admission:Relations:0=www-server"]);
        await repository.PublishAsync("other", "1.0");

        foreach (var name in new[] { "other", "nobodys" })
        {
            var fault = await RefusalAsync(repository, DebPackage.Create(fields: $"{field}: {name}\n"));

            fault.Code.ShouldBe("relation-not-owned");
            fault.Message.ShouldContain($"'{name}' in its field {field}");
            fault.Remedy.ShouldContain("repository-publisher.admission.relations");
        }

        await repository.PublishAsync(DebPackage.Create(fields: $"{field}: www-server, shop\nDepends: nobodys\n"));
    }

    [Fact]
    public async Task Package_takes_the_place_of_one_that_its_application_published_before()
    {
        await using var repository = await Repository.StartAsync();
        var rn = new Publication("rn", "acme/rn", IsConfigured: false);
        await repository.PublishAsync(DebPackage.Create("rn"), rn);

        await repository.PublishAsync(
            DebPackage.Create("rn-web", fields: "Provides: rn\nReplaces: rn\nConflicts: rn\n"),
            rn
        );
    }

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("xz")]
    [InlineData("zstd")]
    public async Task Program_that_runs_as_its_owner_is_refused_unless_it_is_allowed(string compression)
    {
        using var directory = new TempDirectory();
        directory.WriteFile(
            "tree/DEBIAN/control",
            "Package: shop\nVersion: 1.0\nArchitecture: all\nMaintainer: Ada <ada@example.org>\nDescription: a shop\n"
        );
        File.WriteAllBytes(directory.WriteFile("tree/opt/shop/large", ""), new byte[1 << 20]);
        File.SetUnixFileMode(
            directory.WriteFile("tree/opt/shop/run", "x"),
            UnixFileMode.SetUser | UnixFileMode.UserRead | UnixFileMode.UserExecute
        );
        await ProcessRunner.OutputOfAsync(
            "dpkg-deb",
            [
                "--root-owner-group",
                "--uniform-compression",
                $"-Z{compression}",
                "--build",
                directory.Combine("tree"),
                directory.Combine("shop.deb"),
            ]
        );

        var fault = Should.Throw<CanaryException>(() =>
            Admission(new AdmissionOptions()).CheckFile(directory.Combine("shop.deb"))
        );

        fault.Code.ShouldBe("file-not-allowed");
        fault.Message.ShouldContain("opt/shop/run");
        Admission(new AdmissionOptions { SetUserId = { "shop" } }).CheckFile(directory.Combine("shop.deb"));
    }

    [Theory]
    [InlineData(TarEntryType.CharacterDevice)]
    [InlineData(TarEntryType.BlockDevice)]
    [InlineData(TarEntryType.Fifo)]
    public void Device_is_refused(TarEntryType type)
    {
        using var directory = new TempDirectory();
        using var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, TarEntryFormat.Gnu, leaveOpen: true))
        {
            writer.WriteEntry(new GnuTarEntry(type, "./opt/shop/device"));
        }

        var path = directory.Combine("shop.deb");
        File.WriteAllBytes(path, DebPackage.FromData("data.tar", tar.ToArray()));

        Should
            .Throw<CanaryException>(() => Admission(new AdmissionOptions()).CheckFile(path))
            .Code.ShouldBe("file-not-allowed");
    }

    [Theory]
    [InlineData("data.tar")]
    [InlineData("data.tar.gz")]
    [InlineData("data.tar.xz")]
    [InlineData("data.tar.zst")]
    [InlineData("data.tar.bz2")]
    public void Data_that_does_not_unpack_is_refused(string member)
    {
        using var directory = new TempDirectory();
        var path = directory.Combine("shop.deb");
        File.WriteAllBytes(path, DebPackage.FromData(member, [.. Enumerable.Repeat((byte)'x', 1024)]));

        Should
            .Throw<CanaryException>(() => Admission(new AdmissionOptions()).CheckFile(path))
            .Code.ShouldBe("package-invalid");
    }

    private static PackageAdmission Admission(AdmissionOptions admission) =>
        new(Microsoft.Extensions.Options.Options.Create(new RepositoryPublisherOptions { Admission = admission }));

    private static async Task<CanaryException> RefusalAsync(Repository repository, DebPackage package) =>
        await Should.ThrowAsync<CanaryException>(() => repository.PublishAsync(package));
}
