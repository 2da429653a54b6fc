using Canary.Packager.Rehearsal;
using Canary.Testing;

namespace Canary.Packager.Tests.Fixtures;

/// <summary>A package with maintainer scripts, made by dpkg-deb: it may do what packages of Canary cannot.</summary>
internal sealed class ScriptedPackage(string version) : IDisposable
{
    private readonly TempDirectory _tree = new();
    private readonly TempDirectory _made = new();
    private string? _depends;

    public string File => _made.Combine("shop.deb");

    public RehearsedPackage Rehearsed => new("shop", version, "all", File);

    public ScriptedPackage With(string name, string script)
    {
        _tree.WriteFile($"DEBIAN/{name}", $"#!/bin/sh\nset -e\n{script}\n", executable: true);
        return this;
    }

    public ScriptedPackage WithFile(string name, string content)
    {
        _tree.WriteFile(name, content);
        return this;
    }

    public ScriptedPackage Depends(string relation)
    {
        _depends = relation;
        return this;
    }

    public async Task<ScriptedPackage> BuildAsync()
    {
        _tree.WriteFile("opt/shop/version", version + "\n");
        _tree.WriteFile(
            "DEBIAN/control",
            $"Package: shop\nVersion: {version}\nArchitecture: all\nMaintainer: Shop <shop@example.org>\n"
                + (_depends is null ? "" : $"Depends: {_depends}\n")
                + "Description: a shop\n"
        );
        await ProcessRunner.OutputOfAsync("dpkg-deb", ["--root-owner-group", "--build", _tree.Path, File]);
        return this;
    }

    public void Dispose()
    {
        _tree.Dispose();
        _made.Dispose();
    }
}
