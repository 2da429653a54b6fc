using Canary.Deployer.Inventory;
using Canary.Failures;

namespace Canary.Deployer.Transport;

/// <summary>A way to <c>canary-apply</c> on a host. Carries bytes; what they mean is <see cref="HostAgent"/>'s.</summary>
internal interface IHostChannel
{
    /// <summary>Name that the inventory uses for it.</summary>
    string Name { get; }

    /// <summary>Longest run time of apt on a host, maintainer scripts included.</summary>
    TimeSpan TimeLimit { get; }

    /// <summary>Starts <c>canary-apply</c>, hands it the request, and passes on what comes back until it ends.</summary>
    /// <param name="host">The host.</param>
    /// <param name="request">What goes to its standard input.</param>
    /// <param name="answer">Takes its standard output; is started again where the request is repeated.</param>
    /// <param name="cancellation">Ends the waiting. What changes packages goes on all the same.</param>
    /// <returns>How it ended.</returns>
    /// <exception cref="CanaryException"><c>host-unreachable</c>, or whatever else keeps the request from the host.</exception>
    Task<AgentExit> AskAsync(
        InventoryHost host,
        AgentRequest request,
        AgentAnswer answer,
        CancellationToken cancellation
    );

    /// <summary>What a person can do about a host that does not take the repository. A sentence.</summary>
    string RepositoryRemedy(InventoryHost host);

    /// <summary>How a person runs a command on the host.</summary>
    string ByHand(InventoryHost host, string command);

    /// <summary>How a person brings <c>canary-apply</c> up to date. A sentence.</summary>
    string UpdateRemedy(InventoryHost host);
}

/// <summary>A request to <c>canary-apply</c>.</summary>
/// <param name="Verb">What it asks for.</param>
/// <param name="Content">Fields, each ended by a NUL.</param>
/// <param name="Limit">Longest time until the end of the answer.</param>
internal sealed record AgentRequest(AgentVerb Verb, ReadOnlyMemory<byte> Content, TimeSpan Limit);

/// <summary>What <c>canary-apply</c> can be asked for.</summary>
internal enum AgentVerb
{
    Inspect,
    Install,
    Remove,
    Health,
    Units,
    Hook,
}

/// <summary>How <c>canary-apply</c> ended.</summary>
/// <param name="Code">Its exit code; <c>null</c>: a signal ended it.</param>
/// <param name="Errors">The end of what came on its standard error, where that is apart.</param>
internal sealed record AgentExit(int? Code, string Errors);
