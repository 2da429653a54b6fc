using System.Text.Json;
using Canary.Durability.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Durability.Jobs;

/// <summary>Connects stored jobs of one kind with the handler that does them.</summary>
internal abstract class JobKind
{
    public abstract string Name { get; }

    public abstract string Lane { get; }

    public abstract Task<object> RunAsync(IServiceProvider services, string command, CancellationToken cancellation);

    public abstract object Faulted(IServiceProvider services, string command, Exception exception);

    public abstract Task CancelledAsync(IServiceProvider services, string command, CancellationToken cancellation);
}

/// <inheritdoc />
/// <typeparam name="TStore">Tells the kinds of one service from those of another in the same process.</typeparam>
/// <typeparam name="TCommand">The command that asks for the work.</typeparam>
/// <typeparam name="THandler">Who does it.</typeparam>
internal sealed class JobKind<TStore, TCommand, THandler>(string lane) : JobKind, IJobKindOf<TStore>
    where TStore : ServiceDbContext
    where TCommand : class
    where THandler : class, IJobHandler<TCommand>
{
    public override string Name => MessageTypes.NameOf(typeof(TCommand));

    public override string Lane => lane;

    public override Task<object> RunAsync(IServiceProvider services, string command, CancellationToken cancellation) =>
        services.GetRequiredService<THandler>().RunAsync(Read(command), cancellation);

    public override object Faulted(IServiceProvider services, string command, Exception exception) =>
        services.GetRequiredService<THandler>().Faulted(Read(command), exception);

    public override Task CancelledAsync(IServiceProvider services, string command, CancellationToken cancellation) =>
        services.GetRequiredService<THandler>().CancelledAsync(Read(command), cancellation);

    JobKind IJobKindOf<TStore>.Kind => this;

    private static TCommand Read(string command) =>
        JsonSerializer.Deserialize<TCommand>(command, StoredJson.Options)
        ?? throw new InvalidOperationException($"A stored {typeof(TCommand).Name} is empty.");
}

internal interface IJobKindOf<TStore>
    where TStore : ServiceDbContext
{
    JobKind Kind { get; }
}
