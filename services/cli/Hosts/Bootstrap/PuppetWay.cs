using System.Globalization;
using System.Text;

namespace Canary.Cli.Hosts.Bootstrap;

/// <summary>A module of Puppet, with a manifest that uses it.</summary>
internal sealed class PuppetWay : IBootstrapWay
{
    private const string Module = "modules/canary_host";

    public string Name => "puppet";

    public string Instruction =>
        "Put the module into the environment of your hosts, with what is in its directory files readable for puppetserver (chgrp "
        + "puppet, chmod 0640), or run: puppet apply --modulepath modules site.pp";

    public IReadOnlyList<Output.BootstrapFile> Write(BootstrapPlan plan) =>
        [
            new("site.pp", Site(plan), Secret: false),
            new($"{Module}/manifests/init.pp", Manifest(plan), Secret: false),
            new($"{Module}/files/enrolment-token", plan.Token + "\n", Secret: true),
            .. plan.PasswordFiles($"{Module}/files/repository-password"),
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
            # @param repository_user whom it reads the package repository as; undef: that is open to everybody
            # @param repository_password the password of that user; hosts that have it need none
            class canary_host (
              Pattern[/\A[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\z/] $host,
              Enum['canary', 'production'] $suite = 'production',
              Sensitive[String] $token = Sensitive(find_file('canary_host/enrolment-token') ? {
                undef   => '',
                default => file('canary_host/enrolment-token'),
              }),
              Optional[Pattern[/\A[A-Za-z0-9._@-]+\z/]] $repository_user = {{(plan.User is { } user ? $"'{user.Name}'" : "undef")}},
              Sensitive[String] $repository_password = Sensitive(find_file('canary_host/repository-password') ? {
                undef   => '',
                default => file('canary_host/repository-password'),
              }),
            ) {
              $arguments = "--suite ${suite} --name ${host}"
              $password = strip($repository_password.unwrap)
              if $repository_user and $password != '' {
                $user = " --repository-user ${repository_user}"
                # printf is the shell's own: what it writes is on no command line.
                $reads = @("SHELL"/$L)
                  && printf 'machine %s login %s password %s\n' '{{plan.Repository}}' '${repository_user}' "\$CANARY_REPOSITORY_PASSWORD" |
                    grep -qsxFf - {{BootstrapPlan.AccessFile}}
                  | - SHELL
              } else {
                $user = ''
                $reads = ''
              }

              exec { 'canary-host-setup':
                command     => @("SHELL"/$L),
                  {{plan.Commands("${arguments}${user}", "\n      ").Replace(
                "$directory",
                "\\$directory",
                StringComparison.Ordinal
            ).Replace("$(", "\\$(", StringComparison.Ordinal)}}
                  | SHELL
                unless      => "grep -qxF '{{plan.Setup.Sha256}} ${arguments}' {{BootstrapPlan.Stamp}} ${reads}",
                environment => ["CANARY_ENROLMENT_TOKEN=${strip($token.unwrap)}", "CANARY_REPOSITORY_PASSWORD=${password}"],
                provider    => shell,
                path        => ['/usr/sbin', '/usr/bin', '/sbin', '/bin'],
                logoutput   => on_failure,
                timeout     => 600,
              }
            }

            """;
}
