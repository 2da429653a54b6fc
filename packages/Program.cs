using System.CommandLine;
using Canary.Failures;
using Canary.Packages;

var output = Required<DirectoryInfo>("--output", "Directory for the packages; files of the same names are replaced.");
var programs = Required<DirectoryInfo>("--programs", "Directory with the published programs, `server` and `cli`.");
var version = Required<string>("--upstream-version", "The upstream version, for example 1.2.0.");
var repository = new Option<DirectoryInfo?>("--repository")
{
    Description =
        "Data directory of a repository that takes the packages in; it is made, with its key, where it is not there.",
};
var command = new RootCommand("Makes Debian packages of Canary by its own packager. Run in the root of the sources.")
{
    output,
    programs,
    version,
    repository,
};
command.SetAction(
    async (parsed, cancellation) =>
    {
        try
        {
            var packages = await CanaryPackages.BuildAsync(
                Environment.CurrentDirectory,
                parsed.GetRequiredValue(programs).FullName,
                parsed.GetRequiredValue(output).FullName,
                parsed.GetRequiredValue(version),
                cancellation
            );
            if (parsed.GetValue(repository) is { } data)
            {
                await OwnRepository.TakeInAsync(data.FullName, packages, cancellation);
            }

            return 0;
        }
        catch (CanaryException e)
        {
            await Console.Error.WriteLineAsync($"{e.Message}\n{e.Remedy}");
            return 1;
        }
        catch (InvalidOperationException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }
);
return await command.Parse(args).InvokeAsync();

static Option<T> Required<T>(string name, string description) =>
    new(name) { Description = description, Required = true };
