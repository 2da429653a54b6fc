using System.Reflection;
using System.Text;
using Canary.Testing;

namespace Canary.Contracts.Tests;

/// <summary>
/// Messages outlive the process that sent them, so their names, namespaces, properties and queues are a wire format.
/// </summary>
public sealed class WireFormatTests
{
    private static readonly NullabilityInfoContext Nullability = new();

    [Fact]
    public void Names_properties_and_queues_of_contracts_change_only_on_purpose() =>
        Snapshot.Match(Describe(ContractTypes.All), "contracts.txt");

    [Fact]
    public void Contracts_are_sealed_records_without_a_base_class()
    {
        foreach (var type in ContractTypes.Records)
        {
            type.IsSealed.ShouldBeTrue($"{type} is not sealed.");
            type.BaseType.ShouldBe(typeof(object), $"{type} has a base class.");
            type.GetProperties().ShouldAllBe(p => p.CanWrite && IsInitOnly(p), $"{type} can be changed once made.");
        }
    }

    [Fact]
    public void Contracts_need_no_package()
    {
        string[] platform = ["System", "mscorlib", "netstandard"];
        typeof(Failure)
            .Assembly.GetReferencedAssemblies()
            .Where(reference => !platform.Contains(reference.Name!.Split('.')[0]))
            .ShouldBeEmpty();
    }

    [Fact]
    public void Queue_names_are_lower_case_words_joined_by_hyphens()
    {
        foreach (var queue in ContractTypes.Records.Select(t => t.GetCustomAttribute<QueueAttribute>()?.Name))
        {
            (queue ?? "ok").ShouldMatch("^[a-z]+(-[a-z]+)*$");
        }
    }

    private static string Describe(IEnumerable<Type> types)
    {
        var text = new StringBuilder();
        foreach (var group in types.GroupBy(type => type.Namespace).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            text.Append(group.Key).Append('\n');
            foreach (var type in group.OrderBy(type => type.Name, StringComparer.Ordinal))
            {
                Describe(type, text);
            }
        }

        return text.ToString();
    }

    private static void Describe(Type type, StringBuilder text)
    {
        var queue = type.GetCustomAttribute<QueueAttribute>() is { } attribute ? $" -> {attribute.Name}" : "";
        text.Append($"  {type.Name}{queue}\n");
        if (type.IsEnum)
        {
            foreach (var value in Enum.GetValues(type))
            {
                text.Append($"    {value} = {(int)value}\n");
            }
        }

        foreach (var constant in type.GetFields().Where(field => field.IsLiteral && !type.IsEnum))
        {
            text.Append($"    \"{constant.GetRawConstantValue()}\"\n");
        }

        foreach (var property in ContractTypes.PropertiesOf(type).OrderBy(p => p.Name, StringComparer.Ordinal))
        {
            var required = property.IsDefined(typeof(System.Runtime.CompilerServices.RequiredMemberAttribute));
            text.Append($"    {property.Name}: {NameOf(property)}{(required ? " required" : "")}\n");
        }
    }

    private static string NameOf(PropertyInfo property) => NameOf(Nullability.Create(property));

    private static string NameOf(NullabilityInfo info)
    {
        var type = Nullable.GetUnderlyingType(info.Type) ?? info.Type;
        var name = type.IsGenericType
            ? $"{type.Name.Split('`')[0]}<{string.Join(", ", info.GenericTypeArguments.Select(NameOf))}>"
            : type.Name;
        return info.ReadState == NullabilityState.Nullable ? name + "?" : name;
    }

    private static bool IsInitOnly(PropertyInfo property) =>
        property
            .SetMethod!.ReturnParameter.GetRequiredCustomModifiers()
            .Contains(typeof(System.Runtime.CompilerServices.IsExternalInit));
}
