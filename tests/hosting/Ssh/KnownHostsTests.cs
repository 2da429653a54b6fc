using Canary.Machines.Ssh;

namespace Canary.Hosting.Tests.Ssh;

public sealed class KnownHostsTests
{
    [Theory]
    [InlineData("web-1.example.org ssh-ed25519 AAAA", true)]
    [InlineData("web-1.example.org,10.0.0.1 ssh-ed25519 AAAA", true)]
    [InlineData("*.example.org ssh-ed25519 AAAA me@here", true)]
    [InlineData("web-?.EXAMPLE.org\tssh-ed25519\tAAAA", true)]
    [InlineData("*.example.org,!web-1.* ssh-ed25519 AAAA", false)]
    [InlineData("[web-1.example.org]:2222 ssh-ed25519 AAAA", false)]
    [InlineData("web-1xexample.org ssh-ed25519 AAAA", false)]
    [InlineData("@cert-authority *.example.org ssh-ed25519 AAAA", false)]
    [InlineData("# web-1.example.org ssh-ed25519 AAAA", false)]
    [InlineData("web-1.example.org ssh-ed25519", false)]
    [InlineData("web-1.example.org ssh-ed25519 not*base64", false)]
    public void Lines_are_read_as_ssh_reads_them(string line, bool isFound) =>
        KnownHosts
            .Parse(line)
            .Find("web-1.example.org", SshAccess.DefaultPort)
            .Count(entry => entry.Meaning == KnownHosts.Meaning.Host)
            .ShouldBe(isFound ? 1 : 0);

    [Fact]
    public void Authorities_and_revoked_keys_are_told_apart_from_keys_of_hosts()
    {
        var known = KnownHosts.Parse(
            """
            @cert-authority *.example.org ssh-ed25519 AAAA
            @revoked * ssh-ed25519 BBBB
            @unheard-of web-1.example.org ssh-ed25519 CCCC
            """
        );

        known
            .Find("web-1.example.org", SshAccess.DefaultPort)
            .Select(entry => entry.Meaning)
            .ShouldBe([KnownHosts.Meaning.Authority, KnownHosts.Meaning.Revoked]);
        known.Find("web-1.example.com", SshAccess.DefaultPort).ShouldHaveSingleItem();
    }
}
