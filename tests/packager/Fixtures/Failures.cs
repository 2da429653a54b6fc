using Canary.Failures;

namespace Canary.Packager.Tests.Fixtures;

/// <summary>Asks of an error all that a person needs.</summary>
internal static class Failures
{
    /// <summary>The action fails with this code; message and remedy are whole sentences and name these things.</summary>
    public static CanaryException ShouldFail(this Action action, string code, params string[] named)
    {
        var failure = action.ShouldThrow<CanaryException>();
        failure.Code.ShouldBe(code, failure.Message);
        failure.Message.ShouldEndWith(".");
        failure.Remedy.ShouldNotBeNullOrWhiteSpace();
        foreach (var name in named)
        {
            (failure.Message + " " + failure.Remedy).ShouldContain(name);
        }

        return failure;
    }
}
