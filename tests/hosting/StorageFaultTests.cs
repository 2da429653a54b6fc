using Canary.Durability.Storage;
using Microsoft.Data.Sqlite;

namespace Canary.Hosting.Tests;

public sealed class StorageFaultTests
{
    [Fact]
    public void A_full_disk_is_found_below_what_wraps_it_and_named_with_its_place()
    {
        foreach (var cause in (Exception[])[new IOException("full", 28), new SqliteException("full", 13)])
        {
            var fault = StorageFault.From(new InvalidOperationException("wrapped", cause), "/srv/canary");

            fault.ShouldNotBeNull().Code.ShouldBe("disk-full");
            fault.Message.ShouldBe("The file system of /srv/canary has no space left.");
            fault.Remedy.ShouldStartWith("Free space there, ");
        }
    }

    [Fact]
    public void Other_errors_are_not_about_space()
    {
        StorageFault.From(new IOException("denied", 13), "/").ShouldBeNull();
        StorageFault.From(new SqliteException("locked", 5), "/").ShouldBeNull();
        StorageFault.From(new InvalidOperationException(), "/").ShouldBeNull();
    }
}
