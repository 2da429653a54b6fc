using Canary.Failures;
using Microsoft.EntityFrameworkCore;

namespace Canary.Durability.Storage;

/// <summary>Tables that a newer version of the program has changed: this one would write to them without understanding them.</summary>
internal static class NewerTables
{
    /// <exception cref="CanaryException">They are.</exception>
    public static async Task RefuseAsync(DbContext store, string service, CancellationToken cancellation)
    {
        var applied = await store.Database.GetAppliedMigrationsAsync(cancellation);
        if (applied.Except(store.Database.GetMigrations(), StringComparer.Ordinal).LastOrDefault() is { } newest)
        {
            throw new CanaryException(
                DurabilityCodes.DatabaseNewer,
                $"The tables of {service} are of a newer version of Canary than this one ({newest}).",
                "Install that version again, or restore the backup that was made before it."
            );
        }
    }
}
