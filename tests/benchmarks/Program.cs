using System.Globalization;
using Canary.Benchmarks;
using Canary.Benchmarks.Ssh;
using Canary.Benchmarks.Throughput;
using Canary.Benchmarks.Webhooks;
using Canary.Cli;

if (args is [BareEndpoint.Command, var address, var broker, var queue])
{
    await BareEndpoint.RunAsync(address, broker, queue);
    return 0;
}

if (args is [EmptyHost.Command, var emptyAddress])
{
    await EmptyHost.RunAsync(emptyAddress);
    return 0;
}

if (args is [ReadModelHost.Command, .. var settingsOfHost])
{
    await ReadModelHost.RunAsync(settingsOfHost);
    return 0;
}

if (args is [SshAsker.Command, var dataOfAsker, var portOfAsker])
{
    await SshAsker.RunAsync(dataOfAsker, int.Parse(portOfAsker, CultureInfo.InvariantCulture));
    return 0;
}

using var interruption = new Interruption();

IBenchmark[] all =
[
    new Footprint(),
    new PushToCanary(),
    new SandboxCost(),
    new DebBuild(),
    new OutputPackaging(),
    new Publish(),
    new ReadModel(),
    new WebhookThroughput(),
    new SshQuestions(),
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

var report = new Report(settings, Console.Out);
Console.WriteLine($"Each row is printed and written to {report.File} as it is measured.");
report.PrintHead();
try
{
    foreach (var benchmark in all.Where(benchmark => wanted.Count == 0 || wanted.Contains(benchmark.Name)))
    {
        await benchmark.RunAsync(settings, report.Begin(benchmark.Name), interruption.Token);
    }
}
catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
{
    return 130;
}

Console.WriteLine($"\nWritten to {report.File}");
return 0;
