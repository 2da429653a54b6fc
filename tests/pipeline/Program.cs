using Canary.Cli;
using Canary.Pipeline;

using var interruption = new Interruption();
await using var outside = await Outside.StartAsync();
using var shop = await ShopRepository.CreateAsync();
await using var canary = new ComposeInstallation(outside);
outside.GitHub.AddRepository(ShopRepository.Name, Path.Combine(shop.Path, ".git"));
try
{
    var report = new PipelineReport(Console.Out);
    await canary.UpAsync(interruption.Token);
    await new OriginalPipeline(canary, outside, shop, report).RunAsync().WaitAsync(interruption.Token);
    report.Conclude();
    return report.Passed ? 0 : 1;
}
catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
{
    return 130;
}
catch (Exception exception)
{
    await Console.Error.WriteLineAsync($"{exception}\n\nThe end of the logs:\n{await canary.LogsAsync()}");
    return 1;
}
