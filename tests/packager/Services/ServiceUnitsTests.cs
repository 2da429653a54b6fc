using System.Text;
using Canary.Packager.Deb;
using Canary.Packager.Services;
using Canary.Packager.Tests.Fixtures;
using Canary.Testing;

namespace Canary.Packager.Tests.Services;

public sealed class ServiceUnitsTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_service_becomes_a_unit() =>
        Snapshot.Match(
            Units(
                """
                services:
                  shop:
                    command: [serve, --greeting, "100% of \"$HOME\""]
                    environment: {MESSAGE: '50% off; "now"', EMPTY: ""}
                    environment-file: config/shop.env
                    after: [postgresql.service]
                    directories: [state, logs]
                    capabilities: [CAP_NET_BIND_SERVICE]
                    stop-signal: SIGINT
                    stop-timeout: 90s
                  clean:
                    command: bin/clean --all
                    schedule: ["*:0/15", "Mon 03:00"]
                  admin:
                    command: [/usr/bin/id]
                    user: root
                    type: oneshot
                    hardening: false
                    directories: []
                """
            ),
            "services.txt"
        );

    [Theory]
    [InlineData("services: {web: {command: 'serve | tee log'}}", "only a shell understands")]
    [InlineData("services: {web: {command: [serve, \"a\\nb\"]}}", "has a line break")]
    [InlineData("services: {web: {command: [../serve]}}", "names no program")]
    [InlineData("services: {web: {command: [+serve]}}", "names no program")]
    [InlineData("services: {web: {user: www}}", "has no command")]
    [InlineData("services: {web: {command: serve, comand: x}}", "Did you mean `command`?")]
    [InlineData("services: {Web: {command: serve}}", "name that is not allowed")]
    [InlineData("services: {web: {command: serve, environment: {A: \"b\\nExecStart=evil\"}}}", "line break")]
    [InlineData("services: {web: {command: serve, schedule: \"daily\\nx\"}}", "calendar event")]
    [InlineData("services: {web: {command: serve, schedule: daily, restart: always}}", "started again at once")]
    [InlineData("services: {web: {command: serve, after: [postgresql]}}", "suffix")]
    [InlineData("services: {web: {command: serve, user: 'a b'}}", "is not allowed")]
    [InlineData("services: {web: {command: serve, writable: [uploads]}}", "absolute path")]
    [InlineData("units: {other.service: {enable: false}}", "systemd/other.service")]
    [InlineData("health: {units: true}", "no unit")]
    public void What_is_wrong_is_said(string yml, string said)
    {
        var error = Should.Throw<Canary.Failures.CanaryException>(() => Units(yml));

        $"{error.Message} {error.Remedy}".ShouldContain(said);
    }

    [Fact]
    public async Task Systemd_understands_the_units()
    {
        _directory.WriteFile("app/serve", "#!/bin/sh\n", executable: true);
        _directory.WriteFile("app/bin/clean", "#!/bin/sh\n", executable: true);
        _directory.WriteFile("app/canary.yml", Yml);
        var files = Packing
            .Plan(_directory.Combine("app"))
            .Items.Where(item => item.Path.StartsWith(PackageUnit.Directory + "/", StringComparison.Ordinal))
            .Select(item =>
                _directory.WriteFile(
                    $"units/{Path.GetFileName(item.Path)}",
                    Encoding.UTF8.GetString(item.Content!).Replace("/opt/shop/", _directory.Combine("app") + "/")
                )
            )
            .ToList();

        await InstalledPackages.RequireAsync("systemd-container");
        var result = await ProcessRunner.RunAsync("systemd-analyze", ["verify", "--man=no", .. files]);

        // It also looks at the units of this machine that they name.
        result.Text.Split('\n').Where(line => line.Contains("/units/", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    private const string Yml = """
        services:
          shop: {command: [serve, "100% $HOME"], stop-timeout: 90s, directories: [state, cache, logs, runtime]}
          clean: {command: bin/clean --all, schedule: "*:0/15"}
          job: {command: [/bin/true, ";"], type: oneshot, user: root, writable: [/srv/up loads]}
        """;

    private string Units(string yml)
    {
        _directory.WriteFile("app/canary.yml", yml);
        _directory.WriteFile("app/serve", "x", executable: true);
        _directory.WriteFile("app/config/shop.env", "A=b\n");
        var package = Packing.Plan(_directory.Combine("app"));
        return string.Concat(
                package
                    .Items.Where(item =>
                        item.Path.StartsWith("usr/lib/", StringComparison.Ordinal)
                        && item.Kind == Canary.Packager.Source.FileKind.File
                    )
                    .Select(item => $"--- {item.Path}\n{Encoding.UTF8.GetString(item.Content!)}\n")
            )
            + $"--- conffiles\n{string.Join('\n', package.Conffiles)}\n--- expected\n{string.Join('\n', package.ExpectedUnits)}\n";
    }
}
