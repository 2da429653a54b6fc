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
        KnownHosts.Find(line, "web-1.example.org", SshAccess.DefaultPort).Count.ShouldBe(isFound ? 1 : 0);
}
