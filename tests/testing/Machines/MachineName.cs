using System.Globalization;

namespace Canary.Testing.Machines;

/// <summary>How the parts of a set of machines are called on this machine: after the process that they belong to, so that what a killed
/// one left is known.</summary>
/// <param name="Owner">Process id of the owner.</param>
/// <param name="Number">Number of the set in that process.</param>
internal sealed record MachineName(int Owner, int Number)
{
    /// <summary>Begins the names of directories.</summary>
    public const string Directories = "canary-machines-";

    /// <summary>Begins the names of network namespaces.</summary>
    public const string Namespaces = "canary-m-";

    /// <summary>Begins the names of network interfaces, which have at most 15 letters.</summary>
    public const string Interfaces = "cm-";

    /// <summary>What is common to all of its names.</summary>
    public string Id => string.Create(CultureInfo.InvariantCulture, $"{Owner}.{Number}");

    public string Bridge => Interfaces + Id;

    public string NamespaceOf(int machine) =>
        string.Create(CultureInfo.InvariantCulture, $"{Namespaces}{Id}.{machine}");

    public string InterfaceOf(int machine) =>
        string.Create(CultureInfo.InvariantCulture, $"{Interfaces}{Id}.{machine}");

    /// <summary>The owner that a name tells.</summary>
    /// <param name="name">Name of a namespace, an interface or a directory.</param>
    /// <param name="prefix">What such names begin with.</param>
    /// <returns><c>null</c>: it is none of these names.</returns>
    public static int? OwnerIn(string name, string prefix) =>
        name.StartsWith(prefix, StringComparison.Ordinal)
        && int.TryParse(
            name[prefix.Length..].Split('.', '-')[0],
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var owner
        )
            ? owner
            : null;
}
