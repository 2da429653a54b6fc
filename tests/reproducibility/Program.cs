using Canary.Reproducibility.Tests;
using Xunit.MicrosoftTestingPlatform;

return args switch
{
    ["run", .. var options] => await ReproduceCommand.RunAsync(options),
    [PackageCommand.Verb] => await PackageCommand.RunAsync(),
    _ => await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions),
};
