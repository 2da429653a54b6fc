using Canary.Testing;
using RabbitMQ.Client;

namespace Canary.Benchmarks.Webhooks;

/// <summary>
/// Pushes that ingress accepts: the process as it runs in production, on PostgreSQL that syncs its commits to the disk and on
/// RabbitMQ with a quorum queue in the place of the coordinator. In turns with it, an endpoint that does nothing but one
/// confirmed publish of the same bytes to such a queue, and the client library alone.
/// </summary>
internal sealed class WebhookThroughput : IBenchmark
{
    private const string Secret = "a secret for benchmarks";
    private const int Connections = 256;
    private const int Outstanding = 256;

    public string Name => "webhooks";

    public async Task RunAsync(Settings settings, Rows rows, CancellationToken cancellationToken)
    {
        using var directory = new TempDirectory();
        await using var postgres = await PostgresServer.StartAsync(syncs: true);
        await using var rabbit = await RabbitMqServer.StartAsync();
        var virtualHost = await rabbit.NewVirtualHostAsync();
        var broker = rabbit.AddressOf(virtualHost);
        await using var queues = await Queues.CreateAsync(broker, cancellationToken);
        await using var bare = await StartBareAsync(directory, broker, cancellationToken);
        await using var ingress = await StartIngressAsync(directory, postgres, rabbit, virtualHost, cancellationToken);
        var pushes = new SignedPushes(Secret);

        // Code that has run a few thousand times is compiled for speed.
        var count = settings.Repetitions(full: 15_000, quick: 3_000);
        await LoadAsync(bare, pushes.Next(count), rate: null);
        await LoadAsync(ingress, pushes.Next(count), rate: null);
        await queues.WhenPublishedAsync(count, cancellationToken);

        var rounds = new List<Round>();
        for (var i = 0; i < settings.Repetitions(full: 5, quick: 2); i++)
        {
            await queues.PurgeAsync(cancellationToken);
            var raw = await RawPublisher.RunAsync(
                broker,
                Queues.Raw,
                SignedPushes.Size,
                count,
                Outstanding,
                cancellationToken
            );
            await queues.PurgeAsync(cancellationToken);
            var endpoint = await LoadAsync(bare, pushes.Next(count), rate: null);
            await queues.PurgeAsync(cancellationToken);
            var used = ingress.ProcessorTime;
            var accepted = await LoadAsync(ingress, pushes.Next(count), rate: null);
            var published = await queues.PublishedAsync(cancellationToken);
            await queues.WhenPublishedAsync(count, cancellationToken);
            rounds.Add(
                new Round(
                    raw,
                    endpoint.PerSecond,
                    accepted.PerSecond,
                    Share(published, count),
                    (ingress.ProcessorTime - used).TotalMicroseconds / count
                )
            );
        }

        var half = rounds.Select(round => round.Accepted).Order().ElementAt(rounds.Count / 2) / 2;
        var calm = await LoadAsync(ingress, pushes.Next(count), half);
        await queues.WhenPublishedAsync(count, cancellationToken);
        rows.AddRange([
            Rate("webhooks accepted and durable", rounds.Select(round => round.Accepted)),
            Rate("  bare endpoint, one confirmed publish", rounds.Select(round => round.Bare)),
            Rate("  client library, 256 outstanding", rounds.Select(round => round.Raw)),
            Percent("share of the bare endpoint", rounds.Select(round => Share(round.Accepted, round.Bare))) with
            {
                Goal = 80,
            },
            Percent("share of the client library", rounds.Select(round => Share(round.Accepted, round.Raw))),
            Percent("  published when the last was accepted", rounds.Select(round => round.Published)),
            new Row("  ingress, processor time of one", "us", [.. rounds.Select(round => Math.Round(round.Processor))]),
            new Row("answer at half of that rate, p99", "ms", [calm.Percentile(0.99)])
            {
                Goal = 50,
                Note = $"{half:0}/s asked, {calm.PerSecond:0}/s had; p50 {calm.Percentile(0.5)} ms",
            },
        ]);

        Task<LoadResult> LoadAsync(RunningProgram service, IReadOnlyList<byte[]> requests, double? rate) =>
            HttpLoad.RunAsync(service.Http.BaseAddress!, requests, Connections, rate, cancellationToken);
    }

    private static double Share(double part, double whole) => Math.Round(100 * part / whole, 1);

    private static Row Rate(string name, IEnumerable<double> samples) =>
        new(name, "/s", [.. samples.Select(sample => Math.Round(sample))]);

    private static Row Percent(string name, IEnumerable<double> samples) => new(name, "%", [.. samples]);

    private static Task<RunningProgram> StartBareAsync(
        TempDirectory directory,
        Uri broker,
        CancellationToken cancellationToken
    ) =>
        RunningProgram.StartAsync(
            Environment.ProcessPath!,
            address => [BareEndpoint.Command, address, broker.OriginalString, Queues.Bare],
            directory.Combine("bare.log"),
            new Dictionary<string, string>(),
            cancellationToken
        );

    private static async Task<RunningProgram> StartIngressAsync(
        TempDirectory directory,
        PostgresServer postgres,
        RabbitMqServer rabbit,
        string virtualHost,
        CancellationToken cancellationToken
    )
    {
        var configuration = directory.WriteFile(
            "canary.yml",
            $"""
            hosting:
              data: {directory.Combine("ingress")}
              storage:
                provider: postgresql
                host: {PostgresServer.Host}
                port: {postgres.Port}
                database: {await postgres.NewDatabaseAsync()}
                user: {PostgresServer.User}
                password-file: {postgres.PasswordFile}
              transport:
                provider: rabbitmq
                hosts: [{RabbitMqServer.Host}]
                port: {rabbit.Port}
                virtual-host: {virtualHost}
                user: {RabbitMqServer.User}
                password-file: {rabbit.PasswordFile}
            ingress:
              webhook-secrets: ['{Secret}']
              repositories:
                - name: acme/*
              # No release comes of these pushes.
              republish-after: 01:00:00
              republish-at-most: 01:00:00
            """
        );
        return await RunningProgram.StartAsync(
            RunningProgram.Published("canary-ingress"),
            address => [$"--hosting:listen={address}"],
            directory.Combine("ingress.log"),
            new Dictionary<string, string> { ["CANARY_CONFIG"] = configuration },
            cancellationToken
        );
    }

    private sealed record Round(double Raw, double Bare, double Accepted, double Published, double Processor);

    /// <summary>Quorum queues that nobody reads.</summary>
    private sealed class Queues(IConnection connection, IChannel channel) : IAsyncDisposable
    {
        public const string Raw = "raw";
        public const string Bare = "bare";
        private const string OfCoordinator = "coordinator";
        private const string Event = "push-received";

        public static async Task<Queues> CreateAsync(Uri broker, CancellationToken cancellationToken)
        {
            var connection = await new ConnectionFactory { Uri = broker }.CreateConnectionAsync(cancellationToken);
            var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
            foreach (var queue in (string[])[Raw, Bare, OfCoordinator])
            {
                await channel.QueueDeclareAsync(
                    queue,
                    durable: true,
                    exclusive: false,
                    autoDelete: false,
                    new Dictionary<string, object?> { ["x-queue-type"] = "quorum" },
                    cancellationToken: cancellationToken
                );
            }

            await channel.ExchangeDeclareAsync(
                Event,
                ExchangeType.Fanout,
                durable: true,
                cancellationToken: cancellationToken
            );
            await channel.QueueBindAsync(OfCoordinator, Event, "", cancellationToken: cancellationToken);
            return new Queues(connection, channel);
        }

        public async Task PurgeAsync(CancellationToken cancellationToken)
        {
            foreach (var queue in (string[])[Raw, Bare, OfCoordinator])
            {
                await channel.QueuePurgeAsync(queue, cancellationToken);
            }
        }

        public Task<uint> PublishedAsync(CancellationToken cancellationToken) =>
            channel.MessageCountAsync(OfCoordinator, cancellationToken);

        /// <summary>Waits until every push that was accepted is in the coordinator's queue, and removes them.</summary>
        public async Task WhenPublishedAsync(int count, CancellationToken cancellationToken)
        {
            await Eventually.TrueAsync(
                async () => await PublishedAsync(cancellationToken) >= count,
                TimeSpan.FromMinutes(5),
                cancellationToken
            );
            await PurgeAsync(cancellationToken);
        }

        public async ValueTask DisposeAsync()
        {
            await channel.DisposeAsync();
            await connection.DisposeAsync();
        }
    }
}
