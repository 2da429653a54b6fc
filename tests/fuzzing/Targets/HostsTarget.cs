using System.Text;
using System.Text.RegularExpressions;
using Canary.Deployer.Inventory;
using Canary.Failures;

namespace Canary.Fuzzing.Tests.Targets;

/// <summary><c>hosts.yml</c></summary>
internal sealed partial class HostsTarget()
    : TextTarget(
        "hosts-yml",
        [
            "hosts:\n",
            "\n  - name: ",
            "\n    address: ",
            "\n    channel: ",
            "\n    role: ",
            "\n    applications: ",
            "\n    transport: ",
            "\n    ssh: ",
            "\n      port: ",
            "\n      user: ",
            "\n      host-keys: ",
            "\n    variables: ",
            "\n      a-b: ",
            "canary",
            "production",
            "[",
            "]",
            "{",
            "}",
            "\"",
            "'",
            ",",
            ":",
            "\n",
            "- ",
            "? ",
            "&a ",
            "*a",
            "<<: *a",
            "!!",
            "|\n ",
            "---\n",
            "...",
            "# ",
            "%",
            "\t",
            "\"web-1\\n\"",
            "\"a\\0b\"",
            "../../etc",
            "::1",
            "SHA256:0123456789012345678901234567890123456789012",
            "null",
            "~",
        ],
        [
            "hosts:\n  - name: web-1\n    address: 10.0.0.1\n    channel: canary\n    role: fe\n    applications: [shop, api]\n"
                + "    transport: ssh\n    ssh:\n      port: 2222\n      user: deploy\n"
                + "      host-keys: [SHA256:0123456789012345678901234567890123456789012]\n    variables:\n      zone: a\n"
                + "  - {name: web-2, channel: production}\n",
            "hosts: []\n",
            "",
        ]
    )
{
    public override Reading Read(byte[] input)
    {
        try
        {
            var hosts = InventoryFile.Parse("hosts.yml", Encoding.UTF8.GetString(input));
            return new Reading($"{Math.Min(hosts.Count, 3)} hosts", () => Judge(hosts));
        }
        catch (CanaryException refusal)
        {
            return new Reading(Place().Replace(refusal.Message, "N"));
        }
    }

    /// <summary>What becomes part of a path, an address or the name of a variable.</summary>
    private static void Judge(IReadOnlyList<InventoryHost> hosts)
    {
        foreach (var host in hosts)
        {
            foreach (
                var word in (string[])
                    [
                        host.Name,
                        host.Address,
                        host.Role,
                        host.Transport,
                        host.Ssh.User ?? "x",
                        .. host.Variables.Keys,
                        .. host.Ssh.HostKeys,
                    ]
            )
            {
                Plain().IsMatch(word).ShouldBeTrue($"'{word}'");
            }
        }

        hosts.Select(host => host.Name).ShouldBeUnique();
    }

    [GeneratedRegex("[0-9]+|'[^']*'")]
    private static partial Regex Place();

    [GeneratedRegex(@"\A[A-Za-z0-9_\[:][A-Za-z0-9._:/+%\]-]*\z")]
    private static partial Regex Plain();
}
