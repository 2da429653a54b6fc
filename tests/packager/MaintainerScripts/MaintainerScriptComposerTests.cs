using System.Text;
using Canary.Packager.MaintainerScripts;
using Canary.Testing;

namespace Canary.Packager.Tests.MaintainerScripts;

public sealed class MaintainerScriptComposerTests : IDisposable
{
    private static readonly Snippet[] Around =
    [
        new("postinst", SnippetPlace.After, "echo \"after $1\""),
        new("postinst", SnippetPlace.Before, "echo \"before $1\""),
    ];

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_script_that_nothing_is_added_to_stays_as_it_is()
    {
        byte[] own = [0x7f, (byte)'E', (byte)'L', (byte)'F', 0, 255];

        var scripts = MaintainerScriptComposer.Compose([("prerm", own)], Around);

        scripts.Select(script => script.Name).ShouldBe(["postinst", "prerm"]);
        scripts[1].Content.ShouldBeSameAs(own);
    }

    [Theory]
    [InlineData("#!/bin/sh\nprintf '%s|' own \"$@\" ☃; echo\nexit 0\nEND_OF_SCRIPT\n")]
    [InlineData("#!/usr/bin/perl\n$| = 1; print join('|', 'own', @ARGV, '☃'), \"|\\n\";")]
    [InlineData("#!/bin/sh\n# \u0001\r\nprintf '%s|' own \"$@\" ☃; echo\n")]
    public async Task The_applications_own_script_runs_in_between_with_its_arguments_in_any_language(string own)
    {
        var result = await RunAsync(own, "configure", "it's $HOME 1.0");

        result.EnsureSuccess();
        result.Output.ShouldBe("before configure\nown|configure|it's $HOME 1.0|☃|\nafter configure\n");
        Directory.GetFileSystemEntries(_directory.Path).ShouldHaveSingleItem("Nothing stays beside the script.");
    }

    [Fact]
    public async Task How_the_applications_own_script_ends_counts()
    {
        var result = await RunAsync("#!/bin/sh\nexit 7\n", "configure");

        result.ExitCode.ShouldBe(7);
        result.Output.ShouldBe("before configure\n");
        Directory.GetFileSystemEntries(_directory.Path).ShouldHaveSingleItem();
    }

    [Fact]
    public void Removal_goes_the_other_way()
    {
        Snippet[] snippets =
        [
            new("prerm", SnippetPlace.After, "first"),
            new("prerm", SnippetPlace.After, "second"),
            new("postinst", SnippetPlace.After, "first"),
            new("postinst", SnippetPlace.After, "second"),
        ];

        var scripts = MaintainerScriptComposer.Compose([], snippets);

        Encoding.UTF8.GetString(scripts[0].Content).ShouldEndWith("\nfirst\n\nsecond\n\nexit 0\n");
        Encoding.UTF8.GetString(scripts[1].Content).ShouldEndWith("\nsecond\n\nfirst\n\nexit 0\n");
    }

    private async Task<ToolResult> RunAsync(string own, params string[] arguments)
    {
        var (_, content) = MaintainerScriptComposer
            .Compose([("postinst", Encoding.UTF8.GetBytes(own))], Around)
            .ShouldHaveSingleItem();
        _directory.WriteFile("shop.postinst", Encoding.UTF8.GetString(content), executable: true);
        return await ProcessRunner.RunAsync(_directory.Combine("shop.postinst"), arguments);
    }
}
