using System.Collections.Concurrent;

namespace Canary.Durability.Storage;

/// <summary>Names under which the store keeps what a message is. They are looked up for every message, and cost more than its JSON
/// to find.</summary>
internal static class MessageTypes
{
    private static readonly ConcurrentDictionary<Type, string> Names = [];
    private static readonly ConcurrentDictionary<string, Type> Types = [];

    public static string NameOf(Type type) =>
        Names.GetOrAdd(type, it => $"{it.FullName}, {it.Assembly.GetName().Name}");

    /// <exception cref="TypeLoadException">This program knows no such message.</exception>
    public static Type Find(string name) => Types.GetOrAdd(name, it => Type.GetType(it, throwOnError: true)!);
}
