using Canary.Durability.Storage;
using Microsoft.EntityFrameworkCore;

namespace Canary.Packager;

/// <summary>The packager's data: its jobs, and the messages in and out, which every service has. Nothing of its own.</summary>
internal sealed class PackagerStore(DbContextOptions<PackagerStore> options) : ServiceDbContext(options)
{
    protected override void OnModel(ModelBuilder model) { }
}
