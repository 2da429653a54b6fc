using Canary.RepositoryPublisher.Tests;
using Canary.RepositoryPublisher.Tests.Fixtures;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

if (args is [RestlessPublisher.Argument, var data])
{
    await RestlessPublisher.RunAsync(data);
    return 0;
}

return args.Any(argument => argument is "-automated" or "@@")
    ? await ConsoleRunner.Run(args)
    : await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
