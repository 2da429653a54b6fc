using System.Globalization;
using System.Text;

namespace Canary.Cli.Hosts.Bootstrap;

/// <summary>A module of Puppet, with a manifest that uses it.</summary>
internal sealed class PuppetWay : IBootstrapWay
{
    private const string Module = "modules/canary_host";

    public string Name => "puppet";

    public string Instruction =>
        "Put the module into the environment of your hosts, with its file enrolment-token readable for puppetserver (chgrp puppet, "
        + "chmod 0640), or run: puppet apply --modulepath modules site.pp";

    public IReadOnlyList<Output.BootstrapFile> Write(BootstrapPlan plan) =>
        [
            new("site.pp", Site(plan), Secret: false),
            new($"{Module}/manifests/init.pp", Manifest(plan), Secret: false),
            new($"{Module}/files/enrolment-token", plan.Token + "\n", Secret: true),
        ];

    private static string Site(BootstrapPlan plan)
    {
        var text = new StringBuilder();
        foreach (var host in plan.Hosts)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $$"""
                node '{{host.Name}}' {
                  class { 'canary_host':
                    host  => '{{host.Name}}',
                    suite => '{{host.Channel}}',
                  }
                }


                """
            );
        }

        return text.ToString();
    }

    private static string Manifest(BootstrapPlan plan) =>
        $$"""
            # Makes the machine a host of Canary.
            #
            # @param host its name in the inventory of Canary
            # @param suite the suite that it takes
            # @param token what it enrols with, once; the file may be removed when all hosts have
            class canary_host (
              Pattern[/\A[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\z/] $host,
              Enum['canary', 'production'] $suite = 'production',
              Sensitive[String] $token = Sensitive(find_file('canary_host/enrolment-token') ? {
                undef   => '',
                default => file('canary_host/enrolment-token'),
              }),
            ) {
              $arguments = "--suite ${suite} --name ${host}"

              exec { 'canary-host-setup':
                command     => @("SHELL"/$L),
                  {{plan.Commands("${arguments}", "\n      ").Replace(
                "$directory",
                "\\$directory",
                StringComparison.Ordinal
            ).Replace("$(", "\\$(", StringComparison.Ordinal)}}
                  | SHELL
                unless      => "grep -qxF '{{plan.Setup.Sha256}} ${arguments}' {{BootstrapPlan.Stamp}}",
                environment => ["CANARY_ENROLMENT_TOKEN=${strip($token.unwrap)}"],
                provider    => shell,
                path        => ['/usr/sbin', '/usr/bin', '/sbin', '/bin'],
                logoutput   => on_failure,
                timeout     => 600,
              }
            }

            """;
}
