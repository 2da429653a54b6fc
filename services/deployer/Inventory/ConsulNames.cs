using Canary.Contracts.Deploying;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Inventory;

/// <summary>How applications are called in Consul: by convention, or as the configuration says.</summary>
internal sealed class ConsulNames(IOptions<DeployerOptions> options)
{
    private const string Role = "${role}";
    private const string ProductionTag = DeployerConsulOptions.Application + "::" + Role;
    private const string CanaryTag = ProductionTag + "_canary";

    private readonly DeployerOptions _options = options.Value;

    /// <summary>The applications that the configuration names.</summary>
    public IEnumerable<string> Configured => _options.Applications.Select(application => application.Name);

    public string ServiceOf(string application) => Own(application)?.Service ?? application;

    /// <summary>Tag of the hosts of a channel.</summary>
    public string TagOf(string application, string role, Channel channel) =>
        Fill(TagOf(application, channel), application).Replace(Role, role, StringComparison.Ordinal);

    /// <summary>Key of the version of a channel.</summary>
    public string KeyOf(string application, Channel channel)
    {
        var own = Own(application);
        return Fill(
            channel == Channel.Canary
                ? own?.CanaryVersionKey ?? _options.Consul.CanaryVersionKey
                : own?.VersionKey ?? _options.Consul.VersionKey,
            application
        );
    }

    /// <summary>The applications whose hosts are instances of a service.</summary>
    public IEnumerable<string> ApplicationsOf(string service) =>
        Configured
            .Append(service)
            .Distinct(StringComparer.Ordinal)
            .Where(application => ServiceOf(application) == service);

    /// <summary>What a tag says of a host of an application; <c>null</c>: nothing.</summary>
    public (string Role, Channel Channel)? Read(string application, string tag) =>
        // A canary tag of the role web also looks like the production tag of a role web_canary.
        RoleIn(application, tag, Channel.Canary) is { } canary
            ? (canary, Channel.Canary)
        : RoleIn(application, tag, Channel.Production) is { } production ? (production, Channel.Production)
        : null;

    private string? RoleIn(string application, string tag, Channel channel)
    {
        var expected = Fill(TagOf(application, channel), application);
        if (expected.Split(Role, 2) is not [var before, var after])
        {
            return tag == expected ? InventoryHost.AnyRole : null;
        }

        var isLongEnough = tag.Length > before.Length + after.Length;
        if (
            !isLongEnough
            || !tag.StartsWith(before, StringComparison.Ordinal)
            || !tag.EndsWith(after, StringComparison.Ordinal)
        )
        {
            return null;
        }

        var role = tag[before.Length..^after.Length];
        return HostRules.Word().IsMatch(role) ? role : null;
    }

    private string TagOf(string application, Channel channel) =>
        channel == Channel.Canary
            ? Own(application)?.CanaryTag ?? CanaryTag
            : Own(application)?.ProductionTag ?? ProductionTag;

    private ApplicationConsulOptions? Own(string application) =>
        _options.Applications.FirstOrDefault(x => x.Name == application)?.Consul;

    private static string Fill(string pattern, string application) =>
        pattern.Replace(DeployerConsulOptions.Application, application, StringComparison.Ordinal);
}
