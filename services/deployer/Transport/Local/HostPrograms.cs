using System.Reflection;
using Canary.Files;
using Canary.Processes;

namespace Canary.Deployer.Transport.Local;

/// <summary>The programs that simulated hosts run, as files: they come with the deployer.</summary>
internal sealed class HostPrograms(DataDirectory data)
{
    private readonly CarriedProgram _apply = Carried("canary-apply", data);
    private readonly CarriedProgram _machine = Carried("canary-machine", data);

    /// <summary>What carries out requests: <c>hosts/canary-apply</c>.</summary>
    public string Apply => _apply.Path;

    /// <summary>What makes a machine of a directory: <c>hosts/canary-machine</c>.</summary>
    public string Machine => _machine.Path;

    private static CarriedProgram Carried(string name, DataDirectory data) =>
        new(Assembly.GetExecutingAssembly(), name, Path.Combine(data.For(DeployerModule.Name), "programs"));
}
