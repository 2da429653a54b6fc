namespace Canary.Cli.Hosts.Bootstrap;

/// <summary>A way to set up hosts.</summary>
internal interface IBootstrapWay
{
    /// <summary>How people choose it.</summary>
    string Name { get; }

    /// <summary>How to go on, for people.</summary>
    string Instruction { get; }

    /// <summary>What it takes.</summary>
    IReadOnlyList<Output.BootstrapFile> Write(BootstrapPlan plan);
}
