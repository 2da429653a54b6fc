using System.Text;
using Canary.Packager.MaintainerScripts;

namespace Canary.Packager.Services;

/// <summary>Directories of services that outlive them. systemd makes them when a service starts; the installation makes them before, for the
/// application's own script. A purge removes them, unless the service keeps its data.</summary>
internal static class ServiceDirectories
{
    /// <summary>Services that share a user share their directories.</summary>
    public static string NameOf(ServiceDefinition service, string package) =>
        service.User is null ? package : UnixName.UnitOf(package, service.Key);

    /// <summary>Those that a purge leaves.</summary>
    public static IReadOnlyList<string> Kept(string package, IReadOnlyList<ServiceDefinition> services)
    {
        var names = services.Where(service => service.KeepData).Select(service => NameOf(service, package)).ToHashSet();
        return
        [
            .. services
                .SelectMany(service => PathsOf(service, package))
                .Where(path => names.Contains(path.Split('/')[^1]))
                .Distinct(),
        ];
    }

    public static IEnumerable<Snippet> Make(string package, IReadOnlyList<ServiceDefinition> services)
    {
        var directories = services
            .SelectMany(service =>
                PathsOf(service, package)
                    .Select(path =>
                        (
                            Path: path,
                            User: ServiceUnits.UserOf(service, package),
                            Group: service.Group ?? ServiceUnits.UserOf(service, package)
                        )
                    )
            )
            .DistinctBy(directory => directory.Path)
            .OrderBy(directory => directory.Path, StringComparer.Ordinal)
            .ToList();
        if (directories.Count > 0)
        {
            yield return new Snippet("postinst", SnippetPlace.Before, Create(directories));
        }

        var kept = Kept(package, services);
        var removed = directories.Where(directory => !kept.Contains(directory.Path)).ToList();
        if (removed.Count > 0)
        {
            yield return new Snippet("postrm", SnippetPlace.After, Remove(removed.Select(directory => directory.Path)));
        }
    }

    private static IEnumerable<string> PathsOf(ServiceDefinition service, string package) =>
        service
            .Directories.Where(ServiceUnits.LastingDirectories.ContainsKey)
            .Select(kind => $"{ServiceUnits.LastingDirectories[kind]}/{NameOf(service, package)}");

    private static string Create(IEnumerable<(string Path, string User, string Group)> directories)
    {
        var text = new StringBuilder(
            """
            # Directories of services.
            if [ -z "${DPKG_ROOT:-}" ]; then

            """
        );
        foreach (var (path, user, group) in directories)
        {
            text.Append($"  [ -d {path} ] || install -d -m 0755 -o {user} -g {group} {path}\n");
        }

        return text.Append("fi\n").ToString();
    }

    private static string Remove(IEnumerable<string> paths)
    {
        var text = new StringBuilder(
            """
            # Directories of services. What Canary removes by itself leaves them.
            if [ "$1" = purge ] && [ -z "${CANARY_KEEPS_DATA:-}" ]; then

            """
        );
        foreach (var path in paths)
        {
            text.Append($"  rm -rf \"${{DPKG_ROOT:-}}{path}\"\n");
        }

        return text.Append("fi\n").ToString();
    }
}
