namespace Canary.Deployer.Inventory;

/// <summary>The inventory that a fresh installation starts with.</summary>
internal static class DefaultInventory
{
    public const string Text = """
        # The hosts of the fleet. Read again whenever this file changes.
        #
        # name          name of the host, unique
        # address       how health checks reach it; default 127.0.0.1
        # channel       canary (gets a version first) or production
        # role          hosts of an application's role run it; default app
        # applications  names of the applications that the host runs; default ['*'], which is any
        # transport     local: a private package root on this machine, in which real apt and dpkg work; the default
        #               ssh: a machine that canary-host setup, or hosts/install.sh, has prepared
        # ssh           port, user and host-keys (fingerprints, SHA256:...) of such a machine
        # tags          where it stands or what it is (zone: a), for waves
        # variables     values for health checks (${port}) and maintainer scripts (CANARY_VAR_PORT)
        hosts:
          - name: canary-1
            channel: canary
            applications: ['*']
            transport: local
            variables: { port: 8101 }
          - name: production-1
            channel: production
            applications: ['*']
            transport: local
            variables: { port: 8111 }
          - name: production-2
            channel: production
            applications: ['*']
            transport: local
            variables: { port: 8112 }
          - name: production-3
            channel: production
            applications: ['*']
            transport: local
            variables: { port: 8113 }

        """;
}
