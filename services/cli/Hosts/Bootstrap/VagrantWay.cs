using System.Globalization;
using System.Text;

namespace Canary.Cli.Hosts.Bootstrap;

/// <summary>A Vagrantfile: a machine for each host.</summary>
internal sealed class VagrantWay : IBootstrapWay
{
    private const string TokenFile = "/home/vagrant/.canary/enrolment-token";

    private const string PasswordFile = "/home/vagrant/.canary/repository-password";

    public string Name => "vagrant";

    public string Instruction => "Run it: vagrant up";

    public IReadOnlyList<Output.BootstrapFile> Write(BootstrapPlan plan) =>
        [
            new("Vagrantfile", Vagrantfile(plan), Secret: false),
            new("enrolment-token", plan.Token + "\n", Secret: true),
            .. plan.PasswordFiles("repository-password"),
        ];

    private static string Vagrantfile(BootstrapPlan plan) =>
        $$"""
            # Machines that become hosts of Canary: the suite that each takes, by its name.
            HOSTS = {
            {{Hosts(plan)}}}.freeze

            SETUP = <<~'SHELL'.freeze
              {{plan.Commands(
                $"--suite \"$1\" --name \"$2\" --token-file {TokenFile}{plan.UserArguments(PasswordFile)}",
                "\n  "
            )}}
              rm -rf /home/vagrant/.canary
            SHELL

            Vagrant.configure('2') do |config|
              config.vm.box = 'debian/bookworm64'
              HOSTS.each do |name, suite|
                config.vm.define name do |machine|
                  machine.vm.hostname = name
                  machine.vm.provision 'shell', inline: 'install -d -o vagrant -m 0700 /home/vagrant/.canary'
                  machine.vm.provision 'file', source: File.join(__dir__, 'enrolment-token'), destination: '{{TokenFile}}'
            {{Password(plan)}}      machine.vm.provision 'shell', inline: SETUP, args: [suite, name]
                end
              end
            end

            """;

    private static string Password(BootstrapPlan plan) =>
        plan.User is not null
            ? $"      machine.vm.provision 'file', source: File.join(__dir__, 'repository-password'), destination: '{PasswordFile}'\n"
            : "";

    private static string Hosts(BootstrapPlan plan)
    {
        var text = new StringBuilder();
        foreach (var host in plan.Hosts)
        {
            text.Append(CultureInfo.InvariantCulture, $"  '{host.Name}' => '{host.Channel}',\n");
        }

        return text.ToString();
    }
}
