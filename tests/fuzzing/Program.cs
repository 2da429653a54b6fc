using Canary.Fuzzing.Tests;
using Xunit.MicrosoftTestingPlatform;

if (args is ["run", .. var options])
{
    return await FuzzCommand.RunAsync(options);
}

return await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
