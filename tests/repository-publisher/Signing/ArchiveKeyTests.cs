using System.Text;
using Canary.Failures;
using Canary.RepositoryPublisher.Signing;

namespace Canary.RepositoryPublisher.Tests.Signing;

public sealed class ArchiveKeyTests : IDisposable
{
    private const string Text = "Origin: Canary\nSuite: production\nSHA256:\n 00 0 main/x\n";

    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private readonly TempDirectory _directory = new();

    [Fact]
    public async Task Signatures_satisfy_gpgv()
    {
        var key = Open();
        var (keyring, signed, plain, signature) = Write(key);

        (await GpgvAsync("--keyring", keyring, signed)).EnsureSuccess().Error.ShouldContain("Good signature");
        (await GpgvAsync("--keyring", keyring, signature, plain)).EnsureSuccess().Error.ShouldContain("Good signature");
    }

    [Fact]
    public async Task Signatures_satisfy_the_verifier_of_newer_Debian()
    {
        await InstalledPackages.RequireAsync("sqv");
        var key = Open();
        var (keyring, _, plain, signature) = Write(key);

        var verified = await ProcessRunner.RunAsync("sqv", ["--keyring", keyring, signature, plain]);

        verified.EnsureSuccess().Output.Trim().ShouldBe(key.Fingerprint);
    }

    [Fact]
    public async Task Signed_text_reads_back_as_it_was()
    {
        var (keyring, signed, _, _) = Write(Open());
        var output = _directory.Combine("output");

        (await GpgvAsync("--keyring", keyring, "--output", output, signed)).EnsureSuccess();

        (await File.ReadAllTextAsync(output)).ShouldBe(Text);
    }

    [Fact]
    public async Task Signatures_are_made_with_Ed25519_and_SHA_512()
    {
        var (keyring, _, plain, signature) = Write(Open());

        var status = (await GpgvAsync("--status-fd", "1", "--keyring", keyring, signature, plain)).EnsureSuccess();

        // Fields of VALIDSIG: fingerprint, date, time, expiry, version, reserved, algorithm 22 (EdDSA), hash 10
        // (SHA-512).
        status.Output.ShouldMatch("VALIDSIG [0-9A-F]{40} [0-9-]+ [0-9]+ 0 4 0 22 10 ");
    }

    [Fact]
    public async Task Changed_text_is_refused()
    {
        var (keyring, signed, _, _) = Write(Open());
        await File.WriteAllTextAsync(signed, (await File.ReadAllTextAsync(signed)).Replace("production", "Production"));

        (await GpgvAsync("--keyring", keyring, signed)).ExitCode.ShouldNotBe(0);
    }

    [Fact]
    public void Key_stays_the_same_and_private()
    {
        var first = Open();
        var second = Open();

        second.Fingerprint.ShouldBe(first.Fingerprint);
        File.GetUnixFileMode(_directory.Combine("keys")).ShouldBe(FileModes.PrivateDirectory);
        File.GetUnixFileMode(_directory.Combine("keys", "archive-key.pgp")).ShouldBe(FileModes.Private);
        Encoding.Latin1.GetString(first.ArmoredPublicKey).ShouldStartWith("-----BEGIN PGP PUBLIC KEY BLOCK-----");
    }

    [Fact]
    public void Damaged_key_is_never_replaced()
    {
        Open();
        var path = _directory.Combine("keys", "archive-key.pgp");
        File.WriteAllText(path, "rubbish");

        var fault = Should.Throw<CanaryException>(Open);

        fault.Code.ShouldBe("archive-key-unreadable");
        fault.Remedy.ShouldContain("backup");
        File.ReadAllText(path).ShouldBe("rubbish");
    }

    public void Dispose() => _directory.Dispose();

    private static Task<ToolResult> GpgvAsync(params IEnumerable<string> arguments) =>
        ProcessRunner.RunAsync("gpgv", arguments);

    private ArchiveKey Open() => ArchiveKey.Open(_directory.Combine("keys"), "Canary archive signing key", Now);

    private (string Keyring, string Signed, string Plain, string Signature) Write(ArchiveKey key)
    {
        var files = (
            _directory.Combine("key.pgp"),
            _directory.Combine("InRelease"),
            _directory.WriteFile("Release", Text),
            _directory.Combine("Release.gpg")
        );
        File.WriteAllBytes(files.Item1, key.PublicKey);
        File.WriteAllBytes(files.Item2, key.SignClear(Text, Now));
        File.WriteAllBytes(files.Item4, key.SignDetached(Encoding.UTF8.GetBytes(Text), Now));
        return files;
    }
}
