using Canary.Packager.Deb;
using Canary.Packager.Jobs;
using Microsoft.Extensions.Options;

namespace Canary.Packager.Builders.Native;

/// <summary>Makes packages in this process: the same bytes on every machine.</summary>
internal sealed class NativeBuilder(IOptions<PackagerOptions> options) : IPackageBuilder
{
    public PackageBuilderKind Kind => PackageBuilderKind.Native;

    public Task<BuiltPackage> BuildAsync(
        PackageSpec package,
        string scratch,
        PackagingLog log,
        CancellationToken cancellation
    ) =>
        Task.Run(
            () =>
                new DebBuilder(options.Value.ThreadsOrDefault).Build(
                    package,
                    Path.Combine(scratch, "package.deb"),
                    cancellation
                ),
            cancellation
        );
}
