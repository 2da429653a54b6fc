using System.ComponentModel.DataAnnotations;

namespace Canary.Deployer.Tests;

public sealed class SshTransportOptionsTests
{
    [Fact]
    public void What_is_given_well_has_no_faults() =>
        Faults(ssh =>
            {
                ssh.KeyExchange = ["mlkem768x25519-sha256", "curve25519-sha256"];
                ssh.Jump = ["ops@bastion.example.org", "[fe80::1]:2222"];
                ssh.Agent = "/run/canary/agent.sock";
            })
            .ShouldBeEmpty();

    [Fact]
    public void A_key_exchange_that_does_not_exist_is_told_with_those_that_do()
    {
        var fault = Faults(ssh => ssh.KeyExchange = ["curve25519-sha256", "curve448"]).ShouldHaveSingleItem();

        fault.MemberNames.ShouldBe(["Ssh.KeyExchange"]);
        fault
            .ErrorMessage.ShouldNotBeNull()
            .ShouldStartWith("There is no key exchange 'curve448'. Known are curve25519-sha256,");
    }

    [Theory]
    [InlineData("diffie-hellman-group14-sha1")]
    [InlineData("diffie-hellman-group1-sha1")]
    public void A_key_exchange_that_is_not_safe_is_none(string name) =>
        Faults(ssh => ssh.KeyExchange = [name]).ShouldHaveSingleItem();

    [Fact]
    public void A_jump_host_that_is_none_is_told() =>
        Faults(ssh => ssh.Jump = ["bastion:ssh"])
            .ShouldHaveSingleItem()
            .ErrorMessage.ShouldNotBeNull()
            .ShouldContain("[USER@]ADDRESS[:PORT]");

    [Fact]
    public void An_agent_has_certificates_and_needs_no_passphrase() =>
        Faults(ssh => (ssh.Agent, ssh.KeyPassphraseFile) = ("/run/agent", "/run/passphrase"))
            .ShouldHaveSingleItem()
            .MemberNames.ShouldBe(["Ssh.Agent"]);

    private static List<ValidationResult> Faults(Action<SshTransportOptions> configure)
    {
        var options = new DeployerOptions();
        configure(options.Ssh);
        return [.. options.Validate(new ValidationContext(options))];
    }
}
