namespace Canary.Packages.Tests;

/// <summary>A root of a Debian system that programs run in, without a service manager.</summary>
internal sealed class OtherSystem : IAsyncDisposable
{
    private readonly TempDirectory _directory = new("canary-system-");

    public string Root => _directory.Combine("root");

    public static async Task<OtherSystem> MakeAsync(string suite)
    {
        var image = await DebianRoot.DirectoryAsync(suite);
        var system = new OtherSystem();
        await ProcessRunner.OutputOfAsync("cp", ["--archive", "--reflink=auto", image, system.Root]);
        return system;
    }

    public void WriteFile(string path, string content) => File.WriteAllText(Path.Combine(Root, path[1..]), content);

    public async Task<string> OutputOfAsync(TimeSpan longest, string[] command) =>
        await ProcessRunner.OutputOfAsync(
            "unshare",
            [
                "--mount",
                "--pid",
                "--fork",
                "--kill-child",
                "/bin/sh",
                "-c",
                """
                set -e
                root=$1
                shift
                mount -t proc proc "$root/proc"
                mount -t tmpfs tmpfs "$root/dev"
                for device in null zero full random urandom tty; do
                  touch "$root/dev/$device"
                  mount --bind "/dev/$device" "$root/dev/$device"
                done
                ln -s /proc/self/fd "$root/dev/fd"
                exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
                """,
                "system",
                Root,
                .. command,
            ],
            timeLimit: longest
        );

    public ValueTask DisposeAsync()
    {
        // What was mounted was so in namespaces that are gone.
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }
}
