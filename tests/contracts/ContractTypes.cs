using System.Reflection;

namespace Canary.Contracts.Tests;

internal static class ContractTypes
{
    public static IReadOnlyList<Type> All { get; } = typeof(Failure).Assembly.GetExportedTypes();

    /// <summary>Messages and the records in them.</summary>
    public static IReadOnlyList<Type> Records { get; } = [.. All.Where(type => type.GetMethod("<Clone>$") is not null)];

    public static IEnumerable<PropertyInfo> PropertiesOf(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly);
}
