using Canary.Contracts.Deploying;
using MassTransit;

namespace Canary.Deployer.Gates;

/// <summary>Keeps the freezes that ingress knows.</summary>
internal sealed class SetFreezesConsumer(DeployerStore store) : IConsumer<SetFreezes>
{
    public async Task Consume(ConsumeContext<SetFreezes> context)
    {
        var book = await store.FreezeBooks.FindAsync([FreezeBook.Only], context.CancellationToken);
        if (book is null)
        {
            book = new FreezeBook();
            store.FreezeBooks.Add(book);
        }

        if (context.Message.Revision > book.Revision)
        {
            book.Revision = context.Message.Revision;
            book.Freezes = context.Message.Freezes;
        }
    }
}
