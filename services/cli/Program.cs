using Canary.Cli;
using Canary.Cli.Terminal;

using var interruption = new Interruption();
return await CanaryCli.RunAsync(args, CliEnvironment.OfProcess(), interruption.Token);
