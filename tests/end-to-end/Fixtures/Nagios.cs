using Canary.Testing;

namespace Canary.EndToEnd.Tests.Fixtures;

/// <summary>A real Nagios with one check of one host, whose notifications go to Canary by the command of docs/alarms.md.</summary>
internal sealed class Nagios : IAsyncDisposable
{
    private const string User = "nagios";

    private readonly TempDirectory _directory = new("canary-nagios-");
    private ServerProcess? _process;

    private Nagios() { }

    private string Fault => _directory.Combine("broken");

    /// <param name="server">Who is told.</param>
    public static async Task<Nagios> StartAsync(CanaryServer server)
    {
        await InstalledPackages.RequireAsync("nagios4-core", "curl");
        var nagios = new Nagios();
        var token = await File.ReadAllTextAsync(Path.Combine(server.Data, "ingress", "alarm-tokens", "nagios"));
        nagios._directory.WriteFile("header", $"Authorization: Bearer {token.Trim()}\n");
        nagios.WriteCheck();
        nagios.WriteObjects(new Uri(server.Http.BaseAddress!, "webhooks/alarms/nagios"));
        var configuration = nagios.WriteConfiguration();
        nagios._directory.CreateDirectory("var");
        nagios._directory.CreateDirectory("results");
        // It gives its rights up, and works as its own user.
        var owned = await ProcessRunner.RunAsync("chown", ["-R", User, nagios._directory.Path]);
        owned.ExitCode.ShouldBe(0, owned.Text);
        nagios._process = ServerProcess.Start("/usr/sbin/nagios4", [configuration]);
        return nagios;
    }

    /// <summary>Makes the check fail from now on.</summary>
    public void Break() => File.WriteAllText(Fault, "");

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.KillAsync();
            _process.Dispose();
        }

        _directory.Dispose();
    }

    private void WriteCheck()
    {
        _directory.WriteFile(
            "check",
            $"""
            #!/bin/sh
            if [ -e {Fault} ]; then echo "503 & more"; exit 2; fi
            echo "200"

            """,
            executable: true
        );
    }

    private void WriteObjects(Uri webhook)
    {
        string[] days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
        string[] macros =
        [
            "type=$NOTIFICATIONTYPE$",
            "host=$HOSTNAME$",
            "service=$SERVICEDESC$",
            "state=$SERVICESTATE$",
            "output=$SERVICEOUTPUT$",
            "application=$_SERVICEAPPLICATION$",
        ];
        _directory.WriteFile(
            "objects.cfg",
            $$"""
            define timeperiod {
              timeperiod_name always
              alias always
            {{string.Join('\n', days.Select(day => $"  {day} 00:00-24:00"))}}
            }
            define command {
              command_name check
              command_line {{_directory.Combine("check")}}
            }
            define command {
              command_name notify-canary
              command_line /usr/bin/curl --silent --show-error --fail --max-time 20 --retry 3 -H @{{_directory.Combine(
                "header"
            )}} {{string.Join(' ', macros.Select(it => $"--data-urlencode \"{it}\""))}} {{webhook}}
            }
            define contact {
              contact_name canary
              service_notification_commands notify-canary
              host_notification_commands notify-canary
              service_notification_options w,c,u,r
              host_notification_options d,u,r
              service_notification_period always
              host_notification_period always
            }
            define host {
              host_name canary-1
              address 127.0.0.1
              max_check_attempts 1
              check_period always
              notification_period always
              contacts canary
            }
            define service {
              host_name canary-1
              service_description HTTP
              _APPLICATION shop
              check_command check
              max_check_attempts 1
              check_interval 1
              retry_interval 1
              notification_interval 0
              check_period always
              notification_period always
              contacts canary
            }

            """
        );
    }

    private string WriteConfiguration()
    {
        var state = _directory.Combine("var");
        return _directory.WriteFile(
            "nagios.cfg",
            $"""
            cfg_file={_directory.Combine("objects.cfg")}
            log_file={state}/nagios.log
            object_cache_file={state}/objects.cache
            status_file={state}/status.dat
            temp_file={state}/tmp
            temp_path={state}
            check_result_path={_directory.Combine("results")}
            lock_file={state}/nagios.pid
            state_retention_file={state}/retention.dat
            query_socket={state}/nagios.qh
            nagios_user={User}
            nagios_group={User}
            interval_length=1
            check_external_commands=0

            """
        );
    }
}
