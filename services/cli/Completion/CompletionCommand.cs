using System.CommandLine;
using System.Reflection;

namespace Canary.Cli.Completion;

/// <summary><c>canary completion SHELL</c>, and the hidden command that its scripts ask.</summary>
internal static class CompletionCommand
{
    public static CliCommand Create(CliContext cli)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        return new CliCommand(
            "completion",
            "Print the script that completes commands, options, releases and applications."
        )
        {
            Arguments = { shell },
            Examples =
            [
                "eval \"$(canary completion bash)\"",
                "canary completion bash > /etc/bash_completion.d/canary",
                "canary completion zsh > \"${fpath[1]}/_canary\"",
                "canary completion fish > ~/.config/fish/completions/canary.fish",
            ],
        }.Runs(
            cli,
            async (session, _) =>
            {
                var name = session.Value(shell);
                var script = ReadScript(name);
                if (session.Screen.Json)
                {
                    session.Screen.Document(new Output.ScriptDocument(name, script), json => json.ScriptDocument);
                }
                else
                {
                    await session.Environment.Out.WriteAsync(script);
                }
                return ExitCodes.Ok;
            }
        );
    }

    /// <summary>Prints the completions of a command line, one per line: the word, a tab, what it is.</summary>
    public static CliCommand CreateComplete(CliContext cli)
    {
        var position = new Argument<int>("POSITION") { Description = "Where the cursor is, in characters." };
        var line = new Argument<string>("LINE") { Description = "The command line as it stands." };
        return new CliCommand("complete", "Print the completions of a command line.")
        {
            Hidden = true,
            Arguments = { position, line },
        }.Runs(
            cli,
            (session, _) =>
            {
                var text = session.Value(line);
                var cursor = Math.Clamp(session.Value(position), 0, text.Length);
                text = text[..cursor];
                var items = CanaryCli.CreateRoot(cli).Parse(text).GetCompletions(cursor).ToList();
                // Options are offered to those who begin one, or where nothing else can stand.
                var others = items.Where(item => !item.Label.StartsWith('-')).ToList();
                foreach (var item in others.Count > 0 ? others : items)
                {
                    session.Screen.Line($"{item.Label}\t{FirstSentence(item.Detail ?? item.Documentation)}");
                }
                return Task.FromResult(ExitCodes.Ok);
            }
        );
    }

    private static string ReadScript(string shell)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"canary.{shell}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static string FirstSentence(string? text)
    {
        var end = text?.AsSpan().IndexOfAny(";:\n") ?? -1;
        var sentence = text?.Split(". ")[0].TrimEnd('.') ?? "";
        return end >= 0 && end < sentence.Length ? sentence[..end] : sentence;
    }
}
