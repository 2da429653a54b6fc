using System.Text;
using Canary.Failures;
using Canary.RepositoryPublisher.Signing;
using Canary.RepositoryPublisher.Tests.Fixtures;

namespace Canary.RepositoryPublisher.Tests.Signing;

public sealed class ArchiveKeyTests : IDisposable
{
    private const string Text = "Origin: Canary\nSuite: production\nSHA256:\n 00 0 main/x\n";

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
    public async Task RSA_signatures_satisfy_both_verifiers()
    {
        await InstalledPackages.RequireAsync("sqv");
        var key = TestKeys.Make(_directory.Combine("rsa"), algorithm: KeyAlgorithm.Rsa4096);
        key.Algorithm.ShouldBe("rsa4096");
        var (keyring, signed, plain, signature) = Write(key);

        (await GpgvAsync("--keyring", keyring, signed)).EnsureSuccess();
        (await GpgvAsync("--keyring", keyring, signature, plain)).EnsureSuccess();
        (await ProcessRunner.RunAsync("sqv", ["--keyring", keyring, signature, plain])).EnsureSuccess();
    }

    [Theory]
    [InlineData(KeyAlgorithm.Ed25519)]
    [InlineData(KeyAlgorithm.Rsa4096)]
    public async Task Whoever_knows_one_of_two_keys_believes_the_signatures_of_both(KeyAlgorithm algorithm)
    {
        await InstalledPackages.RequireAsync("sqv");
        var keys = new ArchiveKeys(Open(), TestKeys.Make(_directory.Combine("next"), algorithm: algorithm));

        foreach (var known in new[] { keys.Current.PublicKey, keys.Next!.PublicKey, keys.Keyring })
        {
            var (keyring, signed, plain, signature) = Write(keys, known);
            (await GpgvAsync("--keyring", keyring, "--output", "/dev/null", signed)).Error.ShouldContain(
                "Good signature"
            );
            (await ProcessRunner.RunAsync("sqv", ["--keyring", keyring, signature, plain])).EnsureSuccess();
        }

        ArchiveKey.FingerprintsOf(keys.Keyring).ShouldBe([keys.Current.Fingerprint, keys.Next!.Fingerprint]);
    }

    [Fact]
    public async Task Expiry_of_a_key_is_what_gnupg_reads()
    {
        var key = TestKeys.Make(_directory.Combine("short"), expiresAfter: TimeSpan.FromDays(2));

        key.ExpiresAt.ShouldBe(key.CreatedAt + TimeSpan.FromDays(2));
        Open().ExpiresAt.ShouldBeNull();
        var (keyring, signed, _, _) = Write(key);
        (await GpgvAsync("--keyring", keyring, "--output", "/dev/null", signed)).EnsureSuccess();
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
        Encoding
            .Latin1.GetString(new ArchiveKeys(first, next: null).ArmoredKeyring)
            .ShouldStartWith("-----BEGIN PGP PUBLIC KEY BLOCK-----");
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

    private ArchiveKey Open() => TestKeys.Make(_directory.Combine("keys"));

    private (string Keyring, string Signed, string Plain, string Signature) Write(ArchiveKey key) =>
        Write(new ArchiveKeys(key, next: null), key.PublicKey);

    private (string Keyring, string Signed, string Plain, string Signature) Write(ArchiveKeys keys, byte[] keyring)
    {
        var files = (
            _directory.Combine("key.pgp"),
            _directory.Combine("InRelease"),
            _directory.WriteFile("Release", Text),
            _directory.Combine("Release.gpg")
        );
        var now = TimeProvider.System.GetUtcNow();
        File.WriteAllBytes(files.Item1, keyring);
        File.WriteAllBytes(files.Item2, keys.SignClear(Text, now));
        File.WriteAllBytes(files.Item4, keys.SignDetached(Encoding.UTF8.GetBytes(Text), now));
        return files;
    }
}
