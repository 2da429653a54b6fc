using System.CommandLine;
using Canary.AllInOne;

// Signals are the host's: it has its time to finish, and a second signal ends it.
return await ServerCommand
    .Create()
    .Parse(args)
    .InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
