using Canary.Recipes.Tests;
using Xunit.MicrosoftTestingPlatform;

if (args is ["run", .. var options])
{
    return await RecipesCommand.RunAsync(options);
}

return await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
