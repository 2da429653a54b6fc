using Canary.AllInOne;

return await ServerCommand.Create().Parse(args).InvokeAsync();
