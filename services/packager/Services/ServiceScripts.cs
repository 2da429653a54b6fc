using System.Text;
using Canary.Packager.MaintainerScripts;

namespace Canary.Packager.Services;

/// <summary>
/// What maintainer scripts do for units, as debhelper has it: enabled unless the host's administrator has disabled them, started after the
/// application's own script, restarted with another version, stopped before they are removed, forgotten when they are purged. Beyond
/// that, a unit that the next version does not bring is stopped and disabled, so that a version before it is really back.
/// </summary>
internal static class ServiceScripts
{
    private const string WhereSystemdRuns = "[ -z \"${DPKG_ROOT:-}\" ] && [ -d /run/systemd/system ]";

    /// <summary>dpkg has unpacked what the next version says of itself before it runs this version's scripts. Who built that need not be us:
    /// units may stand at the old place, and what does not tell its files is taken to have none.</summary>
    private const string IsDropped =
        "[ -d \"${0%/info/*}/tmp.ci\" ] && ! cut -c 35- \"${0%/info/*}/tmp.ci/md5sums\" 2>/dev/null"
        + " | grep -qxF -e \"usr/lib/systemd/system/$unit\" -e \"lib/systemd/system/$unit\"";

    private static readonly string[] ThoseThatStartOthers = [".socket", ".timer", ".path"];

    /// <summary>Makes them, in the order of an installation.</summary>
    public static IEnumerable<Snippet> Make(IReadOnlyList<PackageUnit> units)
    {
        var ordered = units
            .OrderBy(unit => !ThoseThatStartOthers.Any(suffix => unit.Name.EndsWith(suffix, StringComparison.Ordinal)))
            .ThenBy(unit => unit.Name, StringComparer.Ordinal)
            .ToList();
        yield return new Snippet("postinst", SnippetPlace.After, Start(ordered));
        yield return new Snippet("prerm", SnippetPlace.After, Stop(ordered));
        yield return new Snippet("postrm", SnippetPlace.After, Forget(ordered));
    }

    private static string Start(List<PackageUnit> units)
    {
        var text = new StringBuilder(
            """
            # Units of systemd.
            case "$1" in
            configure | abort-upgrade | abort-remove | abort-deconfigure)

            """
        );
        ForEach(
            text,
            units.Where(unit => unit.IsEnabled),
            """
                deb-systemd-helper unmask "$unit" >/dev/null || true
                if deb-systemd-helper --quiet was-enabled "$unit"; then
                  deb-systemd-helper enable "$unit" >/dev/null || true
                else
                  deb-systemd-helper update-state "$unit" >/dev/null || true
                fi

            """
        );
        ForEach(
            text,
            units.Where(unit => unit.IsInstallable && !unit.IsEnabled),
            """
                deb-systemd-helper unmask "$unit" >/dev/null || true
                if deb-systemd-helper debian-installed "$unit"; then
                  deb-systemd-helper update-state "$unit" >/dev/null || true
                fi

            """
        );
        ForEach(
            text,
            units.Where(unit => !unit.IsInstallable && !unit.IsTemplate),
            $$"""
                # Another version had it enabled: it is started by something else now.
                if deb-systemd-helper debian-installed "$unit"; then
                  deb-systemd-helper purge "$unit" >/dev/null || true
                  if {{WhereSystemdRuns}}; then
                    deb-systemd-invoke stop "$unit" >/dev/null || true
                  fi
                fi

            """
        );
        text.Append(
            $"""
              if {WhereSystemdRuns}; then
                systemctl --system daemon-reload >/dev/null || true

            """
        );
        var plain = units.Where(unit => !unit.IsTemplate && unit.Choice.Start).ToList();
        if (plain.Count > 0)
        {
            // Else a version that follows one whose units failed too often would not be started.
            text.Append($"    systemctl --system reset-failed {Names(plain)} >/dev/null 2>&1 || true\n");
        }

        text.Append("    if [ -n \"${2:-}\" ]; then\n");
        // Who starts those, and whether, a person or another unit decides.
        Invoke(
            text,
            "try-restart",
            units.Where(unit => (unit.IsTemplate || !unit.Choice.Start) && unit.Choice.RestartOnUpgrade)
        );
        Invoke(text, "restart", plain.Where(unit => unit.Choice.RestartOnUpgrade));
        Invoke(text, "start", plain.Where(unit => !unit.Choice.RestartOnUpgrade && unit.IsEnabled));
        text.Append("      :\n    else\n");
        Invoke(text, "start", plain.Where(unit => unit.IsEnabled));
        return text.Append("      :\n    fi\n  fi\n  ;;\nesac\n").ToString();
    }

    private static string Stop(List<PackageUnit> units) =>
        $"""
            # Units of systemd: what the next version brings is restarted afterwards.
            if {WhereSystemdRuns}; then
              case "$1" in
              remove)
                deb-systemd-invoke stop {Names(units)} >/dev/null || true
                ;;
              upgrade)
                for unit in {string.Join(' ', units.Select(unit => unit.Name))}; do
                  if {IsDropped}; then
                    deb-systemd-invoke stop "$(printf %s "$unit" | sed 's/@\./@*./')" >/dev/null || true
                  fi
                done
                ;;
              esac
            fi
            """;

    private static string Forget(List<PackageUnit> units) =>
        $"""
            # Units of systemd.
            if command -v deb-systemd-helper >/dev/null; then
              case "$1" in
              upgrade)
                for unit in {string.Join(' ', units.Select(unit => unit.Name))}; do
                  if {IsDropped}; then
                    deb-systemd-helper purge "$unit" >/dev/null || true
                  fi
                done
                ;;
              purge)
                deb-systemd-helper purge {string.Join(' ', units.Select(unit => unit.Name))} >/dev/null || true
                deb-systemd-helper unmask {string.Join(' ', units.Select(unit => unit.Name))} >/dev/null || true
                ;;
              esac
            fi
            if [ "$1" = remove ] && {WhereSystemdRuns}; then
              systemctl --system daemon-reload >/dev/null || true
            fi
            {ForgetTimes(units)}
            """;

    /// <summary>When timers ran last, systemd keeps.</summary>
    private static string ForgetTimes(List<PackageUnit> units)
    {
        var timers = units
            .Where(unit => unit.Name.EndsWith(".timer", StringComparison.Ordinal) && !unit.IsTemplate)
            .Select(unit => $"\"${{DPKG_ROOT:-}}/var/lib/systemd/timers/stamp-{unit.Name}\"")
            .ToList();
        return timers.Count == 0
            ? ""
            : $"""
                if [ "$1" = purge ]; then
                  rm -f {string.Join(' ', timers)}
                fi
                """;
    }

    private static void ForEach(StringBuilder text, IEnumerable<PackageUnit> units, string body)
    {
        var names = units.Select(unit => unit.Name).ToList();
        if (names.Count > 0)
        {
            text.Append("  for unit in ").AppendJoin(' ', names).Append("; do\n").Append(body).Append("  done\n");
        }
    }

    private static void Invoke(StringBuilder text, string action, IEnumerable<PackageUnit> units)
    {
        var names = Names(units);
        if (names.Length > 0)
        {
            text.Append($"      deb-systemd-invoke {action} {names} >/dev/null || true\n");
        }
    }

    // Of a template, all that run.
    private static string Names(IEnumerable<PackageUnit> units) =>
        Shell.Quote(units.Select(unit => unit.Name.Replace("@.", "@*.", StringComparison.Ordinal)));
}
