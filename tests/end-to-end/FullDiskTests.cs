using System.Net;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.EndToEnd.Tests.Fixtures;
using Canary.Testing;

namespace Canary.EndToEnd.Tests;

/// <summary>File systems that fill up at every stage: the release says so, and when there is room again, what its remedy says
/// leads to the end. Mounting them takes root.</summary>
public sealed class FullDiskTests
{
    public FullDiskTests() =>
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Mounting a small file system takes root.");

    [Fact]
    public async Task A_full_disk_delays_the_admission_and_fails_the_packaging_and_both_pass_when_there_is_room()
    {
        await using var server = await CanaryServer.StartOnAsync([("workspaces", 16)]);
        var disk = server.Disks[0];
        using var shop = await Apps.ShopAsync();
        using var store = await Apps.ShopAsync(build: disk.FillScript(leaving: 1 << 20));
        disk.Fill();

        var commit = await shop.WithFile("random", Noise(2 << 20)).CommitAsync("one");
        await server.PushAsync(shop, commit);
        await Eventually.NotNullAsync(async () =>
            await server.ReleaseAsync(commit) is { State: ReleaseStates.Admitting } waiting ? waiting : null
        );
        disk.Empty();
        await server.ReleaseInAsync(commit, ReleaseStates.Completed);

        var packed = await store.WithFile("random", Noise(3 << 20)).CommitAsync("two");
        await server.PushAsync(store, packed, "store");
        await ShouldFailAsync(server, packed, "package");
        disk.Empty();

        await ShouldPassAgainAsync(server, await server.ReleaseInAsync(packed, ReleaseStates.Failed));
        (await server.InstalledAsync("production-1", "shop")).ShouldNotBeNull();
        (await server.InstalledAsync("production-1", "store")).ShouldNotBeNull();
        await server.ShouldHaveLeftNothingAsync();
    }

    [Fact]
    public async Task Publishing_fails_or_waits_on_a_full_disk_and_passes_when_there_is_room()
    {
        await using var server = await CanaryServer.StartOnAsync(
            [("repository-publisher", 16)],
            "deployer.promotion=manual",
            "deployer.reply-deadline=00:00:01",
            "deployer.resends=100"
        );
        var disk = server.Disks[0];
        using var shop = await Apps.ShopAsync(build: disk.FillScript(leaving: 2 << 20));
        var commit = await shop.WithFile("random", Noise(3 << 20)).CommitAsync("one");

        await server.PushAsync(shop, commit);
        var release = await ShouldFailAsync(server, commit, "package");
        disk.Empty();
        shop.WithScript("script/cibuild", "exit 0");
        commit = await shop.CommitAsync("two");
        await server.PushAsync(shop, commit, before: release.Commit);
        var waiting = await server.ReleaseInAsync(commit, RolloutStates.AwaitingPromotion);

        disk.Fill();
        await server.DecideAsync(waiting, "promote");
        await Eventually.TrueAsync(() =>
            server.Log.Contains("has no space left", StringComparison.Ordinal)
            || server.Log.Contains("disk is full", StringComparison.Ordinal)
        );
        disk.Empty();

        // The rollout is at its end before the release is.
        await Eventually.TrueAsync(async () => (await server.ReleaseAsync(commit))?.FinishedAt is not null);
        await server.ReleaseInAsync(commit, ReleaseStates.Completed);
        (await server.InstalledAsync("production-1", "shop")).ShouldBe(waiting.Version);
        await server.ShouldHaveLeftNothingAsync();
    }

    [Fact]
    public async Task Nothing_is_lost_while_the_whole_data_directory_is_full()
    {
        await using var server = await CanaryServer.StartOnAsync([("", 64)], "ci-coordinator.jobs.lease=00:00:03");
        var disk = server.Disks[0];
        using var shop = await Apps.ShopAsync(build: disk.FillScript(leaving: 0));
        using var store = await Apps.ShopAsync();
        var first = await shop.CommitAsync("one");
        var second = await store.CommitAsync("two");

        await server.PushAsync(shop, first);
        await Eventually.TrueAsync(() => File.Exists(disk.Ballast));
        HttpResponseMessage? refused = null;
        await Eventually.TrueAsync(async () =>
        {
            disk.Fill();
            refused = await server.PushAsync(store, second, "store");
            return !refused.IsSuccessStatusCode;
        });
        await refused!.ShouldBeProblemAsync(HttpStatusCode.InsufficientStorage, "disk-full", server.Data);
        await ShouldBeSeenByTheDoctorAsync(server);
        disk.Empty();

        (await server.PushAsync(store, second, "store")).IsSuccessStatusCode.ShouldBeTrue();
        await server.ReleaseInAsync(second, ReleaseStates.Completed);
        var release = await server.ReleaseInAsync(first, ReleaseStates.Completed, ReleaseStates.Failed);
        disk.Empty();
        if (release.State == ReleaseStates.Failed)
        {
            release.Failure.ShouldNotBeNull().Code.ShouldBe("disk-full", release.Failure.Message);
        }

        await server.ShouldHaveLeftNothingAsync();
    }

    /// <summary>The doctor sees what nobody can note down.</summary>
    private static async Task ShouldBeSeenByTheDoctorAsync(CanaryServer server)
    {
        var doctor = await server.CanaryAsync("doctor");
        doctor.ExitCode.ShouldBe(1, doctor.Text);
        doctor.Output.ShouldContain("free-space");
        doctor.Output.ShouldContain("Free some space");
    }

    private static async Task<ReleaseView> ShouldFailAsync(CanaryServer server, string commit, string stage)
    {
        var release = await server.ReleaseInAsync(commit, ReleaseStates.Failed);
        var failure = release.Failure.ShouldNotBeNull();
        failure.Code.ShouldBe("disk-full", failure.Message);
        failure.Message.ShouldContain("no space left");
        failure.Remedy.ShouldContain("Free space");
        failure.Remedy.ShouldContain("canary releases retry ID");
        release.Stages.Single(it => it.State == "failed").Name.ShouldBe(stage);
        await server.ShouldBeToldByTheCliAsync(release);
        await server.ShouldHaveLeftNothingAsync();
        return release;
    }

    /// <summary>Does what the remedy says.</summary>
    private static async Task ShouldPassAgainAsync(CanaryServer server, ReleaseView failed)
    {
        var again = await server.CanaryAsync("releases", "retry", failed.Id, "--wait");
        again.ExitCode.ShouldBe(0, again.Text);
    }

    /// <summary>Bytes that no compression makes smaller.</summary>
    private static byte[] Noise(int count)
    {
        var bytes = new byte[count];
        new Random(7).NextBytes(bytes);
        return bytes;
    }
}
