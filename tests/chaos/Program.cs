using Canary.Chaos.Tests;
using Xunit.MicrosoftTestingPlatform;

if (args is ["run", .. var options])
{
    return await ChaosCommand.RunAsync(options);
}

return await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
