using Canary.Simulation.Tests;
using Xunit.MicrosoftTestingPlatform;

if (args is ["run", .. var options])
{
    return await YearCommand.RunAsync(options);
}

return await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
