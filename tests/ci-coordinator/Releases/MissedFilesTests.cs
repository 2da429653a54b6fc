using Canary.CiCoordinator.Releases;
using Canary.Contracts;
using Canary.Contracts.Building;

namespace Canary.CiCoordinator.Tests.Releases;

public sealed class MissedFilesTests
{
    private static readonly BuildLeftovers Left = new()
    {
        Files = 3204,
        Directories =
        [
            new LeftDirectory { Path = "node_modules", Files = 3200 },
            new LeftDirectory { Path = "dist", Files = 3 },
        ],
    };

    [Fact]
    public void A_failure_that_missing_files_may_bring_about_tells_of_them() =>
        FailureOf("canary-failed")
            .With(Left)!
            .Remedy.ShouldBe(
                "Look. The build left 3,204 files that are not in the package (3,200 in node_modules, 3 in dist): if the application "
                    + "needs them, add `package: include:` to canary.yml, such as `include: [\"node_modules/**\", \"dist/**\"]`."
            );

    [Fact]
    public void Other_failures_stay_as_they_are()
    {
        FailureOf("alarm-fired").With(Left)!.Remedy.ShouldBe("Look.");
        FailureOf("canary-failed").With(null)!.Remedy.ShouldBe("Look.");
        ((Failure?)null).With(Left).ShouldBeNull();
    }

    private static Failure FailureOf(string code) =>
        new()
        {
            Code = code,
            Message = "It failed.",
            Remedy = "Look.",
        };
}
