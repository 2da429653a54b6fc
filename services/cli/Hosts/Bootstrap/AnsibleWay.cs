using System.Globalization;
using System.Text;
using Canary.Cli.Hosts.Import;

namespace Canary.Cli.Hosts.Bootstrap;

/// <summary>A role of Ansible, with an inventory and a playbook that use it.</summary>
internal sealed class AnsibleWay : IBootstrapWay
{
    private const string Role = "roles/canary_host";

    public string Name => "ansible";

    public string Instruction => "Run it: ansible-playbook -i inventory.yml site.yml";

    public IReadOnlyList<Output.BootstrapFile> Write(BootstrapPlan plan) =>
        [
            new("inventory.yml", Inventory(plan), Secret: false),
            new("site.yml", Playbook, Secret: false),
            new($"{Role}/defaults/main.yml", Defaults(plan), Secret: false),
            new($"{Role}/tasks/main.yml", Tasks, Secret: false),
            new("enrolment-token", plan.Token + "\n", Secret: true),
            .. plan.PasswordFiles("repository-password"),
        ];

    private const string Playbook = """
        - name: Machines become hosts of Canary
          hosts: canary_hosts
          become: true
          roles:
            - canary_host

        """;

    private const string Tasks = $$$"""
        - name: Look whether this setup has run
          ansible.builtin.command:
            argv: [grep, -qxF, "{{ canary_setup_sha256 }} --suite {{ canary_suite }} --name {{ canary_name }}", {{{BootstrapPlan.Stamp}}}]
          register: canary_setup
          changed_when: false
          failed_when: false
          check_mode: false

        - name: Look whether it reads the repository as this user
          when: canary_setup.rc == 0 and canary_repository_password | length > 0
          ansible.builtin.command:
            argv: [grep, -qxFf, "-", {{{BootstrapPlan.AccessFile}}}]
            stdin: "machine {{ canary_repository }} login {{ canary_repository_user }} password {{ canary_repository_password }}"
          register: canary_access
          changed_when: false
          failed_when: false
          check_mode: false
          no_log: true

        - name: Set the host up
          when: canary_setup.rc != 0 or canary_access.rc | default(0) != 0
          vars:
            canary_user_options: [--repository-user, "{{ canary_repository_user }}", --repository-password-file, /root/.canary-repository-password]
            canary_setup_options: [--suite, "{{ canary_suite }}", --name, "{{ canary_name }}", --token-file, /root/.canary-enrolment-token]
          block:
            - name: Fetch the setup and check it
              ansible.builtin.get_url:
                url: "{{ canary_setup_url }}"
                checksum: "sha256:{{ canary_setup_sha256 }}"
                dest: /root/.canary-setup.sh
                mode: "0700"

            - name: Bring the token
              ansible.builtin.copy:
                content: "{{ lookup('ansible.builtin.file', canary_token_file, errors='ignore') | default('', true) }}"
                dest: /root/.canary-enrolment-token
                mode: "0600"
              no_log: true
              diff: false

            - name: Bring the password
              when: canary_repository_password | length > 0
              ansible.builtin.copy:
                content: "{{ canary_repository_password }}\n"
                dest: /root/.canary-repository-password
                mode: "0600"
              no_log: true
              diff: false

            - name: Run the setup
              ansible.builtin.command:
                argv: "{{ ['bash', '/root/.canary-setup.sh'] + canary_setup_options + (canary_user_options if canary_repository_password | length > 0 else []) }}"
          always:
            - name: Take away what is not needed any more
              ansible.builtin.file:
                path: "{{ item }}"
                state: absent
              loop: [/root/.canary-enrolment-token, /root/.canary-repository-password, /root/.canary-setup.sh]
              changed_when: false

        """;

    private static string Defaults(BootstrapPlan plan) =>
        $$$"""
            # The suite that a host takes: canary or production.
            canary_suite: production
            # Its name in the inventory of Canary.
            canary_name: "{{ inventory_hostname }}"
            canary_setup_url: {{{plan.Setup.Script}}}
            canary_setup_sha256: {{{plan.Setup.Sha256}}}
            # The token that hosts enrol with: keep the file to yourself, and remove it afterwards. Hosts that have enrolled need none.
            canary_token_file: "{{ playbook_dir }}/enrolment-token"
            # Whom hosts read the package repository as; empty: it is open to everybody.
            canary_repository_user: {{{HostsFile.Quoted(plan.User?.Name ?? "")}}}
            # The password of that user. Keep the file to yourself, or give the password from a vault. Hosts that have it need none.
            canary_repository_password_file: "{{ playbook_dir }}/repository-password"
            canary_repository_password: "{{ (lookup('ansible.builtin.file', canary_repository_password_file, errors='ignore') | default('', true)) if canary_repository_user else '' }}"
            canary_repository: {{{plan.Repository}}}

            """;

    private static string Inventory(BootstrapPlan plan)
    {
        var text = new StringBuilder("canary_hosts:\n  hosts:\n");
        foreach (var host in plan.Hosts)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"    {HostsFile.Quoted(host.Name)}:\n      ansible_host: {HostsFile.Quoted(host.Address)}\n"
            );
            if (host.Port is { } port)
            {
                text.Append(CultureInfo.InvariantCulture, $"      ansible_port: {port}\n");
            }

            text.Append(CultureInfo.InvariantCulture, $"      canary_suite: {host.Channel}\n");
        }

        return text.ToString();
    }
}
