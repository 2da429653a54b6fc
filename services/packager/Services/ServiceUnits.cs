using System.Globalization;

namespace Canary.Packager.Services;

/// <summary>Writes the units of a service of the key <c>services</c>.</summary>
internal static class ServiceUnits
{
    private const string Root = "root";

    /// <summary>128 and the number of SIGTERM: what Java, shells and others end with when they are stopped in order.</summary>
    private const string StoppedByTerm = "143";

    private static readonly Dictionary<string, string> DirectorySettings = new(StringComparer.Ordinal)
    {
        ["state"] = "StateDirectory",
        ["cache"] = "CacheDirectory",
        ["logs"] = "LogsDirectory",
        ["runtime"] = "RuntimeDirectory",
    };

    /// <summary>Where the directories of a package are that outlive its services.</summary>
    public static IReadOnlyDictionary<string, string> LastingDirectories { get; } =
        new Dictionary<string, string>
        {
            ["state"] = "/var/lib",
            ["cache"] = "/var/cache",
            ["logs"] = "/var/log",
        };

    /// <summary>Kinds of directories.</summary>
    public static IReadOnlyCollection<string> Directories => DirectorySettings.Keys;

    /// <summary>Who a service runs as.</summary>
    public static string UserOf(ServiceDefinition service, string package) => service.User ?? UnixName.UserOf(package);

    /// <summary>Whether it runs as a user that may be made.</summary>
    public static bool HasUser(ServiceDefinition service) => service.User != Root;

    /// <summary>The units.</summary>
    /// <param name="service">What the repository says.</param>
    /// <param name="package">Package name.</param>
    /// <param name="prefix">Where the application is, with its slash.</param>
    /// <param name="isFile">Whether the package has a file at a path below the prefix.</param>
    public static IEnumerable<PackageUnit> Make(
        ServiceDefinition service,
        string package,
        string prefix,
        Func<string, bool> isFile
    )
    {
        var unit = UnixName.UnitOf(package, service.Key);
        var isScheduled = service.Schedule.Count > 0;
        var choice = new UnitChoice
        {
            Enable = service.Enable,
            Start = service.Start,
            RestartOnUpgrade = service.RestartOnUpgrade,
        };
        yield return new PackageUnit(
            unit + ".service",
            Service(service, unit, package, prefix, isFile),
            // What a timer starts is not started beside it, nor stopped in the middle.
            isScheduled
                ? new UnitChoice
                {
                    Enable = false,
                    Start = false,
                    RestartOnUpgrade = false,
                }
                : choice
        );
        if (isScheduled)
        {
            yield return new PackageUnit(unit + ".timer", Timer(service, unit), choice);
        }
    }

    /// <summary>Where the variables of a service are that its host sets.</summary>
    public static string EnvironmentFileOf(string package, string key) =>
        $"/etc/default/{UnixName.UnitOf(package, key)}";

    private static string Timer(ServiceDefinition service, string unit)
    {
        var text = new UnitText().Section("Unit").Set("Description", $"Schedule of {unit}").Section("Timer");
        foreach (var time in service.Schedule)
        {
            text.Set("OnCalendar", time);
        }

        return text.Set("Persistent", "yes").Section("Install").Set("WantedBy", "timers.target").ToString();
    }

    private static string Service(
        ServiceDefinition service,
        string unit,
        string package,
        string prefix,
        Func<string, bool> isFile
    )
    {
        var isScheduled = service.Schedule.Count > 0;
        var type = isScheduled ? "oneshot" : service.Type ?? "exec";
        var text = new UnitText()
            .Section("Unit")
            .Set("Description", service.Key == package ? package : $"{package}: {service.Key}")
            .Set("After", new[] { "network-online.target" }.Union(service.After).Union(service.Requires))
            .Set("Wants", new[] { "network-online.target" }.Union(service.Wants))
            .Set("Requires", service.Requires)
            .Section("Service")
            .Set("Type", type)
            .Set("RemainAfterExit", type == "oneshot" && !isScheduled ? "yes" : null)
            .Set("User", HasUser(service) ? UserOf(service, package) : null)
            .Set("Group", service.Group)
            .Set(
                "WorkingDirectory",
                UnitText.Plain(service.WorkingDirectory is { } own ? PathOf(own, prefix) : prefix)
            );
        foreach (var (name, value) in service.Environment)
        {
            text.Set("Environment", UnitText.Word($"{name}={value}"));
        }

        text.Set("EnvironmentFile", "-" + EnvironmentFileOf(package, service.Key))
            .Set(
                "EnvironmentFile",
                service.EnvironmentFile is { } file && file.StartsWith('/') ? UnitText.Plain(file) : null
            )
            .Set("ExecStart", UnitText.Command(ProgramOf(service.Command[0], prefix, isFile), service.Command.Skip(1)))
            .Set("Restart", service.Restart ?? (type == "oneshot" ? null : "on-failure"))
            .Set("RestartSec", type == "oneshot" && service.Restart is null ? null : "1")
            .Set("KillSignal", service.StopSignal)
            .Set("SuccessExitStatus", type == "oneshot" ? null : StoppedByTerm)
            .Set("TimeoutStartSec", Seconds(service.StartTimeout))
            .Set("TimeoutStopSec", Seconds(service.StopTimeout));
        foreach (var directory in service.Directories)
        {
            text.Set(DirectorySettings[directory], ServiceDirectories.NameOf(service, package));
        }

        Harden(text, service);
        if (!isScheduled)
        {
            text.Section("Install").Set("WantedBy", "multi-user.target");
        }

        return text.ToString();
    }

    private static void Harden(UnitText text, ServiceDefinition service)
    {
        if (HasUser(service))
        {
            text.Set("AmbientCapabilities", service.Capabilities);
        }

        if (!service.Hardening)
        {
            return;
        }

        if (HasUser(service))
        {
            text.Set("NoNewPrivileges", "yes").SetToNothingBut("CapabilityBoundingSet", service.Capabilities);
        }

        text.Set("ProtectSystem", "strict")
            .Set("ReadWritePaths", service.Writable.Select(path => UnitText.Word("-" + path)))
            .Set("ProtectHome", "yes")
            .Set("PrivateTmp", "yes")
            .Set("PrivateDevices", "yes")
            .Set("ProtectClock", "yes")
            .Set("ProtectHostname", "yes")
            .Set("ProtectControlGroups", "yes")
            .Set("ProtectKernelLogs", "yes")
            .Set("ProtectKernelModules", "yes")
            .Set("ProtectKernelTunables", "yes")
            .Set("LockPersonality", "yes")
            .Set("RestrictNamespaces", "yes")
            .Set("RestrictRealtime", "yes")
            .Set("RestrictSUIDSGID", "yes")
            .Set("RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6 AF_NETLINK")
            .Set("SystemCallArchitectures", "native");
    }

    /// <summary>A name without a slash is a file of the application, or else a program of the host.</summary>
    private static string ProgramOf(string program, string prefix, Func<string, bool> isFile) =>
        program.Contains('/', StringComparison.Ordinal) || isFile(program) ? PathOf(program, prefix) : program;

    private static string PathOf(string path, string prefix) =>
        path.StartsWith('/') ? path
        : path is "." or "./" ? prefix
        : $"{prefix}/{(path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path)}";

    private static string? Seconds(TimeSpan? time) =>
        time?.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
}
