using System.Globalization;
using System.Text;
using Canary.Cli.Hosts.Import;

namespace Canary.Cli.Hosts.Bootstrap;

/// <summary>User data for cloud-init, which runs it once at the first start of a machine.</summary>
internal sealed class CloudInitWay : IBootstrapWay
{
    private const string TokenFile = "/root/.canary-enrolment-token";

    private const string PasswordFile = "/root/.canary-repository-password";

    public string Name => "cloud-init";

    public string Instruction => "Give each machine its own file as user data.";

    public IReadOnlyList<Output.BootstrapFile> Write(BootstrapPlan plan) =>
        [
            .. plan.Hosts.Select(host => new Output.BootstrapFile(
                $"{host.Name}.yaml",
                UserData(plan, host),
                Secret: true
            )),
        ];

    private static string UserData(BootstrapPlan plan, BootstrapHost host) =>
        $$"""
            #cloud-config
            # Makes this machine the host {{host.Name}} of Canary, which takes the suite {{host.Channel}}.
            write_files:
              - path: {{TokenFile}}
                permissions: '0600'
                content: {{plan.Token}}
            {{Password(plan)}}runcmd:
              - - sh
                - -c
                - |
            {{Indented(
                plan.Commands($"{host.Arguments} --token-file {TokenFile}{plan.UserArguments(PasswordFile)}")
            )}}      rm -f {{TokenFile}} {{PasswordFile}}

            """;

    private static string Password(BootstrapPlan plan) =>
        plan.User is { } user
            ? $"""
                  - path: {PasswordFile}
                    permissions: '0600'
                    content: {HostsFile.Quoted(user.Password)}

                """
            : "";

    private static string Indented(string commands)
    {
        var text = new StringBuilder();
        foreach (var line in commands.Split('\n'))
        {
            text.Append(CultureInfo.InvariantCulture, $"      {line}\n");
        }

        return text.ToString();
    }
}
