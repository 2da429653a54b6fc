using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Npgsql;

namespace Canary.Durability.Storage;

/// <summary>Inserts any number of rows of one table by one statement, which takes each column as an array: the server plans
/// and runs one thing, whose text is always the same.</summary>
internal sealed class PostgreSqlInsert
{
    private readonly string _sql;
    private readonly IReadOnlyList<Column> _columns;

    public PostgreSqlInsert(IEntityType table)
    {
        _columns = [.. table.GetProperties().Where(it => it.ValueGenerated == ValueGenerated.Never).Select(Column.Of)];
        var names = string.Join(", ", _columns.Select(column => $"\"{column.Name}\""));
        var values = string.Join(
            ", ",
            Enumerable.Range(1, _columns.Count).Select(it => string.Create(CultureInfo.InvariantCulture, $"${it}"))
        );
        _sql =
            $"INSERT INTO \"{table.GetSchema()}\".\"{table.GetTableName()}\" ({names}) SELECT * FROM unnest({values})";
    }

    public NpgsqlBatchCommand CommandFor(IReadOnlyList<object> rows)
    {
#pragma warning disable CA2100 // Names from our own model; they cannot be parameters.
        var command = new NpgsqlBatchCommand(_sql);
#pragma warning restore CA2100
        foreach (var column in _columns)
        {
            command.Parameters.Add(
                new NpgsqlParameter { Value = column.ValuesOf(rows), DataTypeName = column.StoreType + "[]" }
            );
        }

        return command;
    }

    private sealed record Column(
        string Name,
        string StoreType,
        Type ElementType,
        Func<object, object?> Read,
        Func<object?, object?>? Convert
    )
    {
        public static Column Of(IProperty property)
        {
            var mapping = property.GetRelationalTypeMapping();
            var type = mapping.Converter?.ProviderClrType ?? property.ClrType;
            return new Column(
                property.GetColumnName(),
                mapping.StoreType,
                type.IsValueType && property.IsNullable && Nullable.GetUnderlyingType(type) is null
                    ? typeof(Nullable<>).MakeGenericType(type)
                    : type,
                property.PropertyInfo!.GetValue,
                mapping.Converter?.ConvertToProvider
            );
        }

        public Array ValuesOf(IReadOnlyList<object> rows)
        {
            var values = Array.CreateInstance(ElementType, rows.Count);
            for (var i = 0; i < rows.Count; i++)
            {
                var value = Read(rows[i]);
                values.SetValue(value is null || Convert is null ? value : Convert(value), i);
            }

            return values;
        }
    }
}
