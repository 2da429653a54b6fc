using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Canary.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Canary.Architecture.Tests;

/// <summary>The options that the five services bind, as the host registers them.</summary>
internal static class OptionTypes
{
    public static IReadOnlyList<BoundOptions> All { get; } = Find();

    private static IReadOnlyList<BoundOptions> Find()
    {
        var host = CanaryHost.CreateBuilder([]);
        foreach (var add in Registrations())
        {
            add.Invoke(null, [host]);
        }

        return
        [
            .. from service in host.Services
            where service.ServiceType.IsGenericType
            where service.ServiceType.GetGenericTypeDefinition() == typeof(IValidateOptions<>)
            let options = service.ServiceType.GetGenericArguments()[0]
            where options.Namespace?.StartsWith("Canary.", StringComparison.Ordinal) == true
            let section = SectionOf(service.ImplementationInstance)
            where section is not null
            orderby section
            select new BoundOptions(options, section),
        ];
    }

    /// <summary>The method of each service that adds it to a host.</summary>
    public static IEnumerable<MethodInfo> Registrations() =>
        from assembly in Assemblies.Products
        from type in assembly.GetExportedTypes()
        where type.Name.EndsWith("Module", StringComparison.Ordinal)
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.Static)
        where method.ReturnType == typeof(CanaryHostBuilder) && method.GetParameters().Length == 1
        select method;

    /// <summary>The host's own validation knows the section, for its messages.</summary>
    private static string? SectionOf(object? validation) =>
        validation
            ?.GetType()
            .GetFields(BindingFlags.Instance | BindingFlags.NonPublic)
            .SingleOrDefault(field => field.Name.Contains("section", StringComparison.OrdinalIgnoreCase))
            ?.GetValue(validation) as string;
}

/// <summary>A class of options and the section of the configuration that it is bound to.</summary>
internal sealed record BoundOptions(Type Type, string Section)
{
    /// <summary>The class, and those of the things that it holds.</summary>
    public IEnumerable<Type> WithNested() => Nested(Type);

    /// <summary>What the host says at start when one option has a value, and the others their defaults.</summary>
    public IReadOnlyList<string> FaultsWith(Option option, object value)
    {
        var root = Activator.CreateInstance(Type)!;
        var holder = root;
        foreach (var step in option.Path)
        {
            holder = step.GetValue(holder)!;
        }

        option.Property.SetValue(holder, value);
        var faults = new List<ValidationResult>();
        // As at start: annotations count on every level, rules of its own only those of the section.
        Validator.TryValidateObject(holder, new ValidationContext(holder), faults, validateAllProperties: true);
        Validator.TryValidateObject(root, new ValidationContext(root), faults, validateAllProperties: true);
        return [.. faults.Select(fault => fault.ErrorMessage!).Distinct()];
    }

    /// <summary>Every option, those of nested things too.</summary>
    public IEnumerable<Option> Options() =>
        Options(Type, Section.Replace(':', '.'), [], Activator.CreateInstance(Type));

    private static IEnumerable<Type> Nested(Type type) =>
        type.GetProperties()
            .Select(p => ElementOf(p.PropertyType))
            .Where(IsOurs)
            .SelectMany(Nested)
            .Prepend(type)
            .Distinct();

    private static IEnumerable<Option> Options(Type type, string prefix, PropertyInfo[]? path, object? instance)
    {
        foreach (var property in type.GetProperties().Where(property => property.CanWrite))
        {
            var key = $"{prefix}.{Option.WordsOf(property.Name)}";
            var value = instance is null ? null : property.GetValue(instance);
            var element = ElementOf(property.PropertyType);
            if (!IsOurs(element) || element.IsEnum)
            {
                yield return new Option(key, property, path, value);
                continue;
            }

            var isMany =
                element != property.PropertyType && typeof(IEnumerable).IsAssignableFrom(property.PropertyType);
            if (isMany)
            {
                yield return new Option(key, property, path, value);
            }

            var nested = isMany || value is null ? Create(element) : value;
            foreach (
                var option in Options(
                    element,
                    isMany ? key + "[]" : key,
                    isMany || value is null || path is null ? null : [.. path, property],
                    nested
                )
            )
            {
                yield return option;
            }
        }
    }

    private static object? Create(Type type) => type.GetConstructor([]) is null ? null : Activator.CreateInstance(type);

    private static bool IsOurs(Type type) => type.Namespace?.StartsWith("Canary.", StringComparison.Ordinal) == true;

    private static Type ElementOf(Type type) =>
        type.IsArray ? type.GetElementType()!
        : type.IsGenericType ? type.GetGenericArguments()[^1]
        : type;
}

/// <summary>One option.</summary>
/// <param name="Key">Key in the configuration file.</param>
/// <param name="Property">The property that holds it.</param>
/// <param name="Held">The properties that lead to its holder; <c>null</c>: the holder is an item of a list.</param>
/// <param name="Default">Its default.</param>
internal sealed partial record Option(string Key, PropertyInfo Property, PropertyInfo[]? Held, object? Default)
{
    public bool IsInList => Held is null;

    public IEnumerable<PropertyInfo> Path => Held ?? [];

    /// <summary>The summary of the property's documentation, as Markdown.</summary>
    public string? Documentation => Documentations.Of(Property);

    public string DefaultText =>
        Default switch
        {
            null => "",
            string text => text,
            TimeSpan span => span.ToString("c", CultureInfo.InvariantCulture),
            bool flag => flag ? "true" : "false",
            Enum value => WordsOf(value.ToString()),
            IDictionary => "",
            IEnumerable list => string.Join(", ", list.Cast<object>()),
            _ => Convert.ToString(Default, CultureInfo.InvariantCulture)!,
        };

    /// <summary>As the configuration file writes it: <c>FailureBudget</c> is <c>failure-budget</c>.</summary>
    public static string WordsOf(string name) => Regex.Replace(name, "(?<=[a-z0-9])([A-Z])", "-$1").ToLowerInvariant();
}

/// <summary>Reads the documentation that the compiler leaves beside each assembly.</summary>
internal static class Documentations
{
    private static readonly Dictionary<Assembly, Dictionary<string, XElement>> Known = [];

    /// <summary>The summary of a property, as Markdown.</summary>
    /// <param name="property">The property.</param>
    /// <param name="written">How other properties that it names are written; <c>null</c>: as options.</param>
    public static string? Of(PropertyInfo property, Func<string, string>? written = null) =>
        Text(property.DeclaringType!.Assembly, $"P:{NameOf(property.DeclaringType)}.{property.Name}", written);

    /// <summary>The summary of a type, as Markdown.</summary>
    public static string? Of(Type type, Func<string, string>? written = null) =>
        Text(type.Assembly, $"T:{NameOf(type)}", written);

    /// <summary>The summary of a constant or of a value of an enumeration, as Markdown.</summary>
    public static string? Of(FieldInfo field, Func<string, string>? written = null) =>
        Text(field.DeclaringType!.Assembly, $"F:{NameOf(field.DeclaringType)}.{field.Name}", written);

    /// <summary>The remarks on a constant, as Markdown.</summary>
    public static string? RemarksOn(FieldInfo field) =>
        Text(field.DeclaringType!.Assembly, $"F:{NameOf(field.DeclaringType)}.{field.Name}", null, "remarks");

    private static string? Text(Assembly assembly, string id, Func<string, string>? written, string element = "summary")
    {
        lock (Known)
        {
            if (!Known.TryGetValue(assembly, out var members))
            {
                var file = Path.ChangeExtension(assembly.Location, ".xml");
                members = XDocument
                    .Load(file)
                    .Descendants("member")
                    .ToDictionary(member => member.Attribute("name")!.Value);
                Known[assembly] = members;
            }

            return members.GetValueOrDefault(id)?.Element(element) is { } found
                ? Markdown(found, written ?? Option.WordsOf)
                : null;
        }
    }

    private static string Markdown(XElement element, Func<string, string> written)
    {
        var text = string.Concat(
            element
                .Nodes()
                .Select(node =>
                    node switch
                    {
                        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
                        XElement { Name.LocalName: "see" } see => $"`{LastName(see, written)}`",
                        XElement other => Markdown(other, written),
                        _ => ((XText)node).Value,
                    }
                )
        );
        return Regex.Replace(text, @"\s+", " ").Trim();
    }

    /// <summary>A reference to an option is shown as its key.</summary>
    private static string LastName(XElement see, Func<string, string> written)
    {
        var target = (see.Attribute("cref") ?? see.Attribute("langword"))!.Value;
        var name = target.Split('.')[^1].TrimEnd('(', ')');
        return target.StartsWith("P:", StringComparison.Ordinal) ? written(name) : name;
    }

    private static string NameOf(Type type) => type.FullName!.Replace('+', '.');
}
