using Canary.Packager.Metadata;
using Canary.Testing;
using Canary.Testing.Recipes;
using CommitTree = Canary.Packager.Source.SourceTree;

namespace Canary.Packager.Tests.Metadata;

/// <summary>What pages of recipes tell people to write is what the packager reads.</summary>
public sealed class RecipePagesTests : IDisposable
{
    private static readonly string[] Needed = ["canary.yml", "script/cisetup", "script/cibuild"];

    private readonly TempDirectory _directory = new();

    public static TheoryData<string> Pages => [.. RecipePage.Names];

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_page_has_what_a_repository_must_have(string page)
    {
        var recipe = RecipePage.Read(page);
        recipe.WriteTo(_directory.Path);

        var metadata = MetadataReader.Read(CommitTree.Read(_directory.Path));

        Needed.ShouldBeSubsetOf(recipe.Files.Keys);
        metadata.Source.ShouldBe("canary.yml");
        metadata.Description.ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public void There_are_pages() => RecipePage.Names.ShouldNotBeEmpty();
}
