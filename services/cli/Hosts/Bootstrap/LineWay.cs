namespace Canary.Cli.Hosts.Bootstrap;

/// <summary>One line for a shell of root.</summary>
internal sealed class LineWay : IBootstrapWay
{
    public string Name => "line";

    public string Instruction => "Run the line on the host, in a shell of root.";

    public IReadOnlyList<Output.BootstrapFile> Write(BootstrapPlan plan) =>
        [
            .. plan.Hosts.Select(host => new Output.BootstrapFile(
                $"{host.Name}.sh",
                $"({plan.Commands(host.Arguments + plan.UserArguments(), "; ", Secrets(plan))})\n",
                Secret: true
            )),
        ];

    private static string Secrets(BootstrapPlan plan) =>
        plan.User is { } user
            ? $"CANARY_ENROLMENT_TOKEN={plan.Token} CANARY_REPOSITORY_PASSWORD={Quoted(user.Password)} "
            : $"CANARY_ENROLMENT_TOKEN={plan.Token} ";

    private static string Quoted(string text) => $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
