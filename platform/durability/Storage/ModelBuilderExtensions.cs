using System.Text.Json;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Canary.Durability.Storage;

/// <summary>Mappings that every service's store uses in the same way.</summary>
public static class ModelBuilderExtensions
{
    /// <summary>Maps a saga: keyed by its correlation id, guarded by its version.</summary>
    public static EntityTypeBuilder<TSaga> MapSaga<TSaga>(this ModelBuilder model)
        where TSaga : class, SagaStateMachineInstance, ISagaVersion
    {
        ArgumentNullException.ThrowIfNull(model);

        var saga = model.Entity<TSaga>();
        saga.HasKey(x => x.CorrelationId);
        saga.Property(x => x.CorrelationId).ValueGeneratedNever();
        saga.Property(x => x.Version).IsConcurrencyToken();
        return saga;
    }

    /// <summary>Stores a property as JSON text. Changes inside the value are noticed.</summary>
    public static PropertyBuilder<TProperty> HasJsonConversion<TProperty>(this PropertyBuilder<TProperty> property)
    {
        ArgumentNullException.ThrowIfNull(property);

        property.HasConversion(
            value => JsonSerializer.Serialize(value, StoredJson.Options),
            text => JsonSerializer.Deserialize<TProperty>(text, StoredJson.Options)!,
            new ValueComparer<TProperty>(
                (left, right) =>
                    JsonSerializer.Serialize(left, StoredJson.Options)
                    == JsonSerializer.Serialize(right, StoredJson.Options),
                value => JsonSerializer.Serialize(value, StoredJson.Options).GetHashCode(StringComparison.Ordinal),
                value =>
                    JsonSerializer.Deserialize<TProperty>(
                        JsonSerializer.Serialize(value, StoredJson.Options),
                        StoredJson.Options
                    )!
            )
        );
        return property;
    }
}
