using Canary.Fleet.Tests;
using Xunit.MicrosoftTestingPlatform;

if (args is ["run", .. var options])
{
    return await FleetCommand.RunAsync(options);
}

return await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
