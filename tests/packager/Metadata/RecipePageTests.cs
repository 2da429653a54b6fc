using Canary.Packager.Metadata;
using Canary.Testing;
using Canary.Testing.Recipes;
using SourceTree = Canary.Packager.Source.SourceTree;

namespace Canary.Packager.Tests.Metadata;

public sealed class RecipePageTests
{
    public static TheoryData<string> Pages =>
        [.. RecipePage.Names.Where(page => RecipePage.Read(page).Files.Count > 0)];

    public static TheoryData<string, string> RealPrograms
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var page in RecipePage.Names)
            {
                // A package that was built elsewhere brings none.
                foreach (var (program, files) in RecipePage.Read(page).RealPrograms)
                {
                    if (files.ContainsKey("canary.yml"))
                    {
                        data.Add(page, program);
                    }
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(RealPrograms))]
    public void What_a_real_program_is_released_by_is_understood(string page, string program)
    {
        using var directory = new TempDirectory();
        RecipePage.Read(page).WriteTo(directory.Path, program);

        MetadataReader.Read(SourceTree.Read(directory.Path)).Source.ShouldBe("canary.yml");
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void What_a_recipe_writes_is_understood(string name)
    {
        using var directory = new TempDirectory();
        var page = RecipePage.Read(name);
        page.WriteProgramTo(directory.Path);
        page.WriteTo(directory.Path);

        var metadata = MetadataReader.Read(SourceTree.Read(directory.Path));

        metadata.Source.ShouldBe("canary.yml");
        metadata.Output.Only.ShouldBe(page.Files["canary.yml"].Contains("only: true", StringComparison.Ordinal));
        metadata.Scripts.Values.ShouldAllBe(script => page.Files.ContainsKey(script));
    }
}
