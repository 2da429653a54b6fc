using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Canary.Contracts.Tests;

public sealed class SerializationTests
{
    /// <summary>As messages travel: camelCase names, enumerations by name.</summary>
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
    };

    public static TheoryData<string> Contracts => [.. ContractTypes.Records.Select(type => type.FullName!)];

    [Theory]
    [MemberData(nameof(Contracts))]
    public void A_contract_comes_back_from_json_as_it_was_sent(string contract)
    {
        var type = typeof(Failure).Assembly.GetType(contract, throwOnError: true)!;
        var sent = Sample.Of(type);

        var wire = JsonSerializer.Serialize(sent, type, Json);
        var received = JsonSerializer.Deserialize(wire, type, Json);

        JsonSerializer.Serialize(received, type, Json).ShouldBe(wire);
        foreach (var property in ContractTypes.PropertiesOf(type))
        {
            wire.ShouldContain($"\"{JsonNamingPolicy.CamelCase.ConvertName(property.Name)}\":");
            property.GetValue(received).ShouldNotBeNull($"{property.Name} was lost.");
        }
    }

    [Theory]
    [MemberData(nameof(Contracts))]
    public void A_contract_is_read_also_when_a_newer_sender_added_a_field(string contract)
    {
        var type = typeof(Failure).Assembly.GetType(contract, throwOnError: true)!;
        var wire = JsonSerializer.Serialize(Sample.Of(type), type, Json);
        var newer = wire.Insert(1, """ "addedByANewerVersion": { "a": [1] }, """);

        var received = JsonSerializer.Deserialize(newer, type, Json);

        JsonSerializer.Serialize(received, type, Json).ShouldBe(wire);
    }

    [Theory]
    [MemberData(nameof(Contracts))]
    public void A_contract_without_a_required_field_is_refused(string contract)
    {
        var type = typeof(Failure).Assembly.GetType(contract, throwOnError: true)!;
        var required = ContractTypes
            .PropertiesOf(type)
            .Any(p => p.IsDefined(typeof(System.Runtime.CompilerServices.RequiredMemberAttribute), inherit: false));
        if (required)
        {
            Should.Throw<JsonException>(() => JsonSerializer.Deserialize("{}", type, Json));
        }
        else
        {
            JsonSerializer.Deserialize("{}", type, Json).ShouldNotBeNull();
        }
    }

    /// <summary>Fills every property with a value of its own, different from every default.</summary>
    private static class Sample
    {
        private static readonly DateTimeOffset At = new(2024, 2, 29, 23, 59, 59, 123, TimeSpan.Zero);

        public static object Of(Type type) => Of(type, type.Name);

        private static object Of(Type type, string name)
        {
            type = Nullable.GetUnderlyingType(type) ?? type;
            return type switch
            {
                _ when type == typeof(string) => $"{name} ünïcode \"quoted\" <&> \n",
                _ when type == typeof(Guid) => new Guid(name.Length, 1, 2, [.. "canary!!".Select(c => (byte)c)]),
                _ when type == typeof(int) => name.Length,
                _ when type == typeof(long) => long.MaxValue,
                _ when type == typeof(bool) => true,
                _ when type == typeof(TimeSpan) => TimeSpan.Parse("1.02:03:04.0050000", CultureInfo.InvariantCulture),
                _ when type == typeof(DateTimeOffset) => At,
                _ when type.IsEnum => Enum.GetValues(type).GetValue(Enum.GetValues(type).Length - 1)!,
                _ when type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) => ListOf(
                    type.GetGenericArguments()[0],
                    name
                ),
                _ => RecordOf(type),
            };
        }

        private static Array ListOf(Type element, string name)
        {
            var list = Array.CreateInstance(element, 2);
            list.SetValue(Of(element, name + "1"), 0);
            list.SetValue(Of(element, name + "22"), 1);
            return list;
        }

        private static object RecordOf(Type type)
        {
            var record = System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(type);
            foreach (var property in ContractTypes.PropertiesOf(type))
            {
                property.SetValue(record, Of(property.PropertyType, property.Name));
            }

            return record;
        }
    }
}
