using Canary.Benchmarks;
using Canary.Benchmarks.Throughput;
using Canary.Benchmarks.Webhooks;
using Canary.Cli;

if (args is [BareEndpoint.Command, var address, var broker, var queue])
{
    await BareEndpoint.RunAsync(address, broker, queue);
    return 0;
}

using var interruption = new Interruption();

IBenchmark[] all =
[
    new Footprint(),
    new PushToCanary(),
    new DebBuild(),
    new Publish(),
    new WebhookThroughput(),
    new Distributed(),
    new ReleasesAtOnce(),
];
var settings = new Settings { Quick = args.Contains("--quick") };
var wanted = args.Where(argument => !argument.StartsWith('-')).ToList();
var unknown = args.Where(argument => argument.StartsWith('-') && argument != "--quick")
    .Concat(wanted.Except(all.Select(benchmark => benchmark.Name)))
    .ToList();
if (unknown.Count > 0)
{
    Console.Error.WriteLine($"Unknown: {string.Join(' ', unknown)}");
    Console.Error.WriteLine($"Usage: ./build.sh bench [--quick] [{string.Join('|', all.Select(b => b.Name))}]...");
    return 2;
}

var report = new Report(settings);
try
{
    foreach (var benchmark in all.Where(benchmark => wanted.Count == 0 || wanted.Contains(benchmark.Name)))
    {
        Console.WriteLine($"{benchmark.Name} …");
        report.Add(benchmark.Name, await benchmark.RunAsync(settings, interruption.Token));
    }
}
catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
{
    return 130;
}

report.Print(Console.Out);
Console.WriteLine($"\nWritten to {report.Save()}");
return 0;
