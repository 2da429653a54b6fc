using Canary.Failures;

namespace Canary.Hosting.Providers;

/// <summary>
/// A place where one of several implementations is chosen by its name. What belongs to the others is not registered. A name that is not
/// known is refused when the host is built, together with all other faults of the configuration.
/// </summary>
/// <param name="setting">Key of the option that holds the name, for example <c>deployer:inventory:kind</c>.</param>
/// <param name="byDefault">The name that counts where the option is not set.</param>
public sealed class ProviderSeam(string setting, string byDefault)
{
    private readonly Dictionary<string, Action> _providers = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Key of the option that holds the name.</summary>
    public string Setting { get; } = setting;

    /// <summary>The name that counts where the option is not set.</summary>
    public string Default { get; } = byDefault;

    /// <summary>The names that can be chosen.</summary>
    public IReadOnlyCollection<string> Names => _providers.Keys;

    /// <summary>Adds a provider.</summary>
    /// <param name="name">The name that it is chosen by.</param>
    /// <param name="register">Registers what it is.</param>
    public ProviderSeam Add(string name, Action register)
    {
        _providers.Add(name, register);
        return this;
    }

    /// <summary>Registers what was chosen; the default in place of what nobody knows, which <see cref="FaultOf"/> refuses.</summary>
    internal void Register(string? chosen) =>
        (_providers.GetValueOrDefault(chosen ?? Default) ?? _providers[Default]).Invoke();

    /// <summary>Why a name cannot be chosen; <c>null</c>: it can.</summary>
    internal string? FaultOf(string? chosen) =>
        chosen is null || _providers.ContainsKey(chosen) ? null : ProviderNames.Unknown(chosen, Names);
}

/// <summary>What is said of a name that nobody knows.</summary>
public static class ProviderNames
{
    /// <summary>The known names, and the one that may have been meant.</summary>
    /// <param name="name">The name that is not known.</param>
    /// <param name="known">The names that are.</param>
    public static string Unknown(string name, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(name);

        List<string> names = [.. known.Order(StringComparer.Ordinal)];
        var meant = Nearest.To(name, names) is { } nearest ? $" Did you mean {nearest}?" : "";
        return $"there is no '{name}'. Known are {string.Join(", ", names)}.{meant}";
    }
}
