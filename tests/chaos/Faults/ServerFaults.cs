namespace Canary.Chaos.Tests.Faults;

/// <summary>The broker dies at once, and is started again on its data.</summary>
internal sealed record BrokerDown(TimeSpan At, TimeSpan For) : Fault(At, For)
{
    public const string Name = "broker";

    public override IReadOnlyList<string> Targets => [Name];

    public override string What => "RabbitMQ is down";

    public override Task StrikeAsync(DistributedInstallation installation) => installation.Rabbit.KillAsync();

    public override Task MendAsync(DistributedInstallation installation) => installation.Rabbit.StartAgainAsync();
}

/// <summary>The database server dies at once, and is started again on its data.</summary>
internal sealed record DatabaseDown(TimeSpan At, TimeSpan For) : Fault(At, For)
{
    public const string Name = "database";

    public override IReadOnlyList<string> Targets => [Name];

    public override string What => "PostgreSQL is down";

    public override Task StrikeAsync(DistributedInstallation installation) => installation.Postgres.KillAsync();

    public override Task MendAsync(DistributedInstallation installation) => installation.Postgres.StartAgainAsync();
}

/// <summary>Consul dies, or stands still.</summary>
internal sealed record ConsulDown(TimeSpan At, TimeSpan For, bool IsFrozen) : Fault(At, For)
{
    public override IReadOnlyList<string> Targets => ["consul"];

    public override string What => IsFrozen ? "Consul is frozen" : "Consul is down";

    public override Task StrikeAsync(DistributedInstallation installation) =>
        IsFrozen ? installation.Consul!.FreezeAsync() : installation.Consul!.KillAsync();

    public override Task MendAsync(DistributedInstallation installation) =>
        IsFrozen ? installation.Consul!.FreezeAsync(frozen: false) : installation.Consul!.StartAgainAsync();
}

/// <summary>Every connection to the broker, or to the database, breaks.</summary>
internal sealed record CutConnections(TimeSpan At, bool OfBroker) : Fault(At, TimeSpan.Zero)
{
    public override IReadOnlyList<string> Targets => [OfBroker ? BrokerDown.Name : DatabaseDown.Name];

    public override string What => OfBroker ? "connections to RabbitMQ break" : "connections to PostgreSQL break";

    public override Task StrikeAsync(DistributedInstallation installation) =>
        OfBroker
            ? installation.Rabbit.CutConnectionsAsync(installation.VirtualHost)
            : installation.QueryAsync(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            );
}

/// <summary>Messages come once more, some of them long after they were handled: as after a crash between sending and noting it,
/// or from a broker that was restored.</summary>
internal sealed record RepeatedMessages(TimeSpan At, string Queue) : Fault(At, TimeSpan.Zero)
{
    /// <summary>Begins the names of the queues that hold the copies.</summary>
    public const string Prefix = "copies-of-";

    private const int AtMost = 50;

    public override IReadOnlyList<string> Targets => [BrokerDown.Name];

    public override string What => $"messages of {Queue} come again";

    /// <summary>Begins to keep copies of the messages of a queue.</summary>
    public static Task WatchAsync(DistributedInstallation installation, string queue) =>
        installation.Rabbit.SpyOnAsync(installation.VirtualHost, queue, CopiesOf(queue));

    public override async Task StrikeAsync(DistributedInstallation installation)
    {
        var copies = await installation.Rabbit.TakeAsync(installation.VirtualHost, CopiesOf(Queue), AtMost);
        foreach (var copy in copies)
        {
            await installation.Rabbit.PutAsync(installation.VirtualHost, Queue, copy);
        }
    }

    private static string CopiesOf(string queue) => $"{Prefix}{queue}";
}

/// <summary>Somebody empties a queue. Those who read it are down until there is something in it.</summary>
internal sealed record PurgedQueue(TimeSpan At, TimeSpan For, string Queue, IReadOnlyList<string> Readers)
    : Fault(At, For)
{
    private const int LongestLook = 40;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public override IReadOnlyList<string> Targets => [BrokerDown.Name, .. Readers];

    public override string What => $"the queue {Queue} is not read, and then emptied";

    public override Task StrikeAsync(DistributedInstallation installation) =>
        Task.WhenAll(Readers.Select(reader => installation.ProcessOf(reader).KillAsync()));

    public override async Task MendAsync(DistributedInstallation installation)
    {
        try
        {
            for (var looks = 0; looks < LongestLook && !await LoseAsync(installation); looks++)
            {
                await Task.Delay(Pause, TimeProvider.System);
            }
        }
        finally
        {
            foreach (var reader in Readers)
            {
                installation.ProcessOf(reader).Start();
            }
        }
    }

    private async Task<bool> LoseAsync(DistributedInstallation installation) =>
        (await installation.Rabbit.TakeAsync(installation.VirtualHost, Queue, atMost: 1000)).Count > 0;
}
