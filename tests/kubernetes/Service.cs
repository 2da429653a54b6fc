using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Canary.CiCoordinator;
using Canary.Deployer;
using Canary.Hosting;
using Canary.Hosting.Health;
using Canary.Ingress;
using Canary.Packager;
using Canary.RepositoryPublisher;

namespace Canary.Kubernetes.Tests;

/// <summary>A service of ours: the program that an image starts.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Add">Registers it, as its program does.</param>
internal sealed record Service(string Name, Func<CanaryHostBuilder, CanaryHostBuilder> Add)
{
    public static IReadOnlyList<Service> All { get; } =
    [
        new("ingress", IngressModule.AddIngress),
        new("ci-coordinator", CiCoordinatorModule.AddCiCoordinator),
        new("packager", PackagerModule.AddPackager),
        new("repository-publisher", RepositoryPublisherModule.AddRepositoryPublisher),
        new("deployer", DeployerModule.AddDeployer),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. All.Select(service => service.Name)];

    /// <summary>The services whose address this one asks for: their names stand in its code, or it asks all how they are.
    /// </summary>
    public IEnumerable<string> Calls
    {
        get
        {
            using var file = File.OpenRead(Add.GetMethodInfo().DeclaringType!.Assembly.Location);
            using var image = new PEReader(file);
            var metadata = image.GetMetadataReader();
            var texts = new HashSet<string>();
            for (
                var at = MetadataTokens.UserStringHandle(1);
                !at.IsNil && MetadataTokens.GetHeapOffset(at) < metadata.GetHeapSize(HeapIndex.UserString);
                at = metadata.GetNextHandle(at)
            )
            {
                texts.Add(metadata.GetUserString(at));
            }

            var asksAll = metadata.TypeReferences.Any(type =>
                metadata.GetString(metadata.GetTypeReference(type).Name) == nameof(OtherHosts)
            );
            return [.. Names.Where(name => name != Name && (asksAll || texts.Contains(name)))];
        }
    }

    public override string ToString() => Name;
}
