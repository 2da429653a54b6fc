using System.Net;
using System.Text.Json;
using Canary.Testing;
using Canary.Testing.Recipes;

namespace Canary.Cli.Tests.Init;

public sealed class InitTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly CliRun _run = new();

    public InitTests() => _directory.CreateDirectory("shop");

    /// <summary>Pages of recipes that <c>canary init</c> writes files for.</summary>
    public static TheoryData<string> Written =>
        [.. RecipePage.Names.Where(page => RecipePage.Read(page).Files.Count > 0)];

    private string Repository => _directory.Combine("shop");

    public void Dispose()
    {
        _run.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [MemberData(nameof(Written))]
    public async Task Writes_exactly_what_the_page_of_the_recipe_shows(string name)
    {
        var page = RecipePage.Read(name);
        var root = _directory.CreateDirectory("example", page.Application.ShouldNotBeNull());
        page.WriteProgramTo(root);

        (await _run.RunAsync("init", root)).ShouldBe(ExitCodes.Ok, _run.Error.ToString());

        _run.Output.ShouldContain($"recipe {name}");
        foreach (var (path, content) in page.Files)
        {
            var file = Path.Combine(root, path);
            File.ReadAllText(file).ShouldBe(content, path);
            File.GetUnixFileMode(file).HasFlag(UnixFileMode.UserExecute).ShouldBe(RecipePage.IsProgram(content), path);
        }

        Directory
            .EnumerateFiles(root, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(root, file))
            .ShouldBe([.. page.Program.Keys, .. page.Files.Keys], ignoreOrder: true);
    }

    [Fact]
    public async Task Of_a_PHP_application_in_the_root_nothing_is_run_that_only_it_may_run()
    {
        foreach (
            var path in new[]
            {
                "index.php",
                "composer.lock",
                "vendor/unit/stdin.php",
                "script/tool.php",
                ".git/hook.php",
            }
        )
        {
            _directory.WriteFile($"shop/{path}", "<?php");
        }

        _directory.WriteFile("shop/composer.json", "{}");
        (await _run.RunAsync("init", Repository)).ShouldBe(ExitCodes.Ok, _run.Error.ToString());
        var port = FreePort.Next();
        using var nginx = await NginxServer.StartAsync(
            new TempDirectory(),
            File.ReadAllText(Path.Combine(Repository, "nginx", "shop.conf"))
                .Replace("8080", $"{port}", StringComparison.Ordinal)
                .Replace("/opt/shop", Repository, StringComparison.Ordinal)
                .Replace("include snippets/fastcgi-php.conf;", "", StringComparison.Ordinal)
        );
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
        await nginx.AnswersAsync(() => http.GetAsync("canary.yml"));

        foreach (
            var path in new[]
            {
                "vendor/unit/stdin.php",
                "script/tool.php",
                ".git/hook.php",
                "composer.lock",
                "canary.yml",
            }
        )
        {
            (await http.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
        }

        // Nobody is there to run it.
        (await http.GetAsync("index.php")).StatusCode.ShouldBe(HttpStatusCode.BadGateway);
    }

    [Fact]
    public async Task Every_recipe_has_a_page_and_the_list_of_pages_has_all()
    {
        (await _run.RunAsync("init", "--list", "--json")).ShouldBe(ExitCodes.Ok);

        var pages = File.ReadAllText(SourceTree.PathOf("docs", "recipes", "README.md"));
        foreach (var recipe in Document().GetProperty("recipes").EnumerateArray())
        {
            RecipePage.Names.ShouldContain(recipe.GetProperty("name").GetString()!);
        }

        RecipePage.Names.ShouldAllBe(page => pages.Contains($"({page}.md)", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ruby", "Gemfile", "config/application.rb", "config.ru", "package.json")]
    [InlineData("php", "composer.json", "public/index.php", "package.json", "vite.config.js")]
    [InlineData("dotnet", "Shop.csproj", "ClientApp/package.json", "package.json")]
    [InlineData("go", "go.mod", "main.go", "web/package.json", "Makefile")]
    [InlineData("rust", "Cargo.toml", "Cargo.lock", "package.json")]
    [InlineData("java", "build.gradle.kts", "src/main/java/App.java", "package.json")]
    [InlineData("python", "pyproject.toml", "package.json", "Makefile")]
    [InlineData("perl", "Makefile.PL", "package.json")]
    [InlineData("c", "CMakeLists.txt", "main.cpp", "docs/index.html")]
    [InlineData("c", "Makefile", "main.c")]
    [InlineData("plain", "Makefile", "README")]
    [InlineData("static", "_config.yml", "Gemfile", "index.md")]
    [InlineData("static", "mkdocs.yml", "docs/index.md")]
    [InlineData("timer", "crontab", "docs/index.html")]
    [InlineData("plain", "README")]
    public async Task What_a_front_end_or_a_makefile_is_there_for_comes_first(string recipe, params string[] files)
    {
        foreach (var file in files)
        {
            Write(
                file,
                file.EndsWith(".json", StringComparison.Ordinal)
                    ? """{"scripts": {"build": "vite build"}}"""
                    : Contents(file)
            );
        }

        (await InitAsync("--json")).ShouldBe(ExitCodes.Ok, _run.Error.ToString());

        Document().GetProperty("recipe").GetString().ShouldBe(recipe);

        static string Contents(string file) =>
            file switch
            {
                "build.xml" or "pom.xml" => "<project/>",
                "crontab" => "@daily bin/report\n",
                "Shop.csproj" => "<Project Sdk=\"Microsoft.NET.Sdk.Web\"></Project>",
                _ => "",
            };
    }

    [Fact]
    public async Task What_is_there_stays_unless_force_says_otherwise()
    {
        Write("canary.yml", "name: mine\n");
        Write("index.html", "");

        (await InitAsync()).ShouldBe(ExitCodes.Ok);

        Read("canary.yml").ShouldBe("name: mine\n");
        Read("script/cibuild").ShouldStartWith("#!/bin/sh");
        _run.Output.ShouldContain("kept");

        (await InitAsync("--force")).ShouldBe(ExitCodes.Ok);

        Read("canary.yml").ShouldContain("nginx");
        _run.Output.ShouldContain("replaced");
    }

    [Fact]
    public async Task A_dry_run_shows_everything_and_writes_nothing()
    {
        Write("go.mod", "module example.org/shop\n");

        (await InitAsync("--dry-run")).ShouldBe(ExitCodes.Ok);

        _run.Output.ShouldContain("go build");
        Directory.GetFileSystemEntries(Repository).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Its_document_has_files_with_their_modes_and_numbered_steps_are_a_list()
    {
        Write("requirements.txt", "flask\n");

        (await InitAsync("--json", "--name", "shop-web")).ShouldBe(ExitCodes.Ok);

        var document = Document();
        document.GetProperty("name").GetString().ShouldBe("shop-web");
        document.GetProperty("steps").GetArrayLength().ShouldBeGreaterThan(2);
        var files = document
            .GetProperty("files")
            .EnumerateArray()
            .ToDictionary(file => file.GetProperty("path").GetString()!);
        files["script/cibuild"].GetProperty("mode").GetString().ShouldBe("0755");
        files["canary.yml"].GetProperty("content").GetString()!.ShouldContain("name: shop-web\n");
    }

    [Fact]
    public async Task A_Procfile_says_what_runs()
    {
        Write("requirements.txt", "gunicorn==20.1.0\ncelery\n");
        Write(
            "Procfile",
            "web: gunicorn shop:app --bind 0.0.0.0:$PORT\nworker: celery worker\nrelease: python manage.py migrate\n"
        );

        (await InitAsync()).ShouldBe(ExitCodes.Ok);

        Read("canary.yml")
            .ShouldContain("  shop:\n    command: [.venv/bin/gunicorn, \"shop:app\", --bind, \"0.0.0.0:8080\"]\n");
        Read("canary.yml").ShouldContain("  worker:\n    command: [.venv/bin/celery, worker]\n");
        _run.Output.ShouldContain("script/pre-deploy");
    }

    [Fact]
    public async Task Units_of_the_repository_take_the_place_of_services()
    {
        Write("go.mod", "module example.org/shop\n");
        Write("systemd/shop.service", "[Service]\nExecStart=/opt/shop/bin/shop\n");

        (await InitAsync()).ShouldBe(ExitCodes.Ok);

        Read("canary.yml").ShouldNotContain("services:");
        _run.Output.ShouldContain("systemd/shop.service");
    }

    [Fact]
    public async Task The_program_of_a_Dockerfile_is_taken_where_nothing_else_says_it()
    {
        Write("bin/serve", "");
        Write("Dockerfile", "FROM debian\nCOPY . /app\nEXPOSE 9000\nCMD [\"/app/bin/serve\", \"--all\"]\n");

        (await InitAsync()).ShouldBe(ExitCodes.Ok);

        Read("canary.yml").ShouldContain("command: [bin/serve, --all]");
        _run.Output.ShouldContain(":9000/");
    }

    [Fact]
    public async Task Large_files_and_submodules_are_pointed_out()
    {
        Write(".gitattributes", "*.jpg filter=lfs diff=lfs merge=lfs -text\n");
        Write(".gitmodules", "[submodule \"theme\"]\n");
        Write("index.html", "");

        (await InitAsync()).ShouldBe(ExitCodes.Ok);

        _run.Output.ShouldContain("workspaces.large-files");
        _run.Output.ShouldContain("workspaces.submodules");
    }

    [Theory]
    [InlineData("package.json", "{", "line 1")]
    [InlineData("package.json", "[]", "no object")]
    [InlineData("pom.xml", "<project>", "XML")]
    [InlineData("pom.xml", "<!DOCTYPE p [<!ENTITY x SYSTEM \"/etc/passwd\">]><project>&x;</project>", "XML")]
    [InlineData("Cargo.toml", "[package]\nname = \"shop; rm -rf /\"\n", "no name")]
    [InlineData("crontab", "at noon bin/report\n", "no time")]
    public async Task A_file_that_cannot_be_understood_is_named(string file, string content, string why)
    {
        Write(file, content);

        (await InitAsync()).ShouldBe(ExitCodes.Usage);

        _run.Error.ToString().ShouldContain(file);
        _run.Error.ToString().ShouldContain(why);
        Directory.GetFileSystemEntries(Repository).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_file_that_is_too_large_is_not_read()
    {
        Write("package.json", new string(' ', (1 << 20) + 1));

        (await InitAsync()).ShouldBe(ExitCodes.Usage);

        _run.Error.ToString().ShouldContain("package.json has 1048577 bytes");
    }

    [Fact]
    public async Task Links_are_not_followed_neither_to_read_nor_to_write()
    {
        _directory.WriteFile("elsewhere/package.json", """{"description": "a secret"}""");
        File.CreateSymbolicLink(
            Path.Combine(Repository, "package.json"),
            _directory.Combine("elsewhere", "package.json")
        );

        (await InitAsync("--dry-run")).ShouldBe(ExitCodes.Ok);

        _run.Output.ShouldNotContain("a secret");
        _run.Output.ShouldContain("recipe plain");
        _run.Output.ShouldContain("not followed");

        Directory.CreateSymbolicLink(Path.Combine(Repository, "script"), _directory.Combine("elsewhere"));

        (await InitAsync("--force")).ShouldBe(ExitCodes.Usage);

        _run.Error.ToString().ShouldContain("script is a symbolic link");
        Directory.GetFiles(_directory.Combine("elsewhere")).ShouldHaveSingleItem();
        File.Exists(Path.Combine(Repository, "canary.yml")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../elsewhere/main.js")]
    [InlineData("lib/../../elsewhere/main.js")]
    public async Task A_program_outside_of_the_repository_is_none_of_it(string main)
    {
        _directory.WriteFile("elsewhere/main.js", "");
        Write("package.json", JsonSerializer.Serialize(new { main }));

        (await InitAsync()).ShouldBe(ExitCodes.Ok);

        Read("canary.yml").ShouldNotContain("services:");
    }

    [Fact]
    public async Task A_pipe_is_no_file_and_is_not_waited_for()
    {
        (await ProcessRunner.RunAsync("mkfifo", [Path.Combine(Repository, "package.json")])).EnsureSuccess();

        (await InitAsync("--dry-run")).ShouldBe(ExitCodes.Ok);

        _run.Output.ShouldContain("recipe plain");
    }

    [Theory]
    [InlineData("Größe & Maß", "gr-e-ma")]
    [InlineData("_", "app")]
    [InlineData("My.Shop", "my.shop")]
    public async Task A_directory_of_any_name_gives_a_name_for_a_package(string directory, string name)
    {
        var root = _directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(root, "go.mod"), "module example.org/shop\n");

        (await _run.RunAsync("init", root)).ShouldBe(ExitCodes.Ok);

        File.ReadAllText(Path.Combine(root, "canary.yml")).ShouldContain($"command: [bin/{name}]");
    }

    [Fact]
    public async Task Folders_of_any_name_are_one_word_of_a_script()
    {
        Write("Shop.csproj", "<Project Sdk=\"Microsoft.NET.Sdk.Web\"></Project>");
        Write("tests/My Tests/T.csproj", "<Project><PackageReference Include=\"xunit\" /></Project>");
        Write("tests/$(touch it's)/U.csproj", "<Project><PackageReference Include=\"xunit\" /></Project>");

        (await InitAsync()).ShouldBe(ExitCodes.Ok, _run.Error.ToString());

        Read("script/cibuild").ShouldContain("dotnet test 'tests/My Tests/T.csproj'\n");
        Read("script/cibuild").ShouldContain(@"dotnet test 'tests/$(touch it'\''s)/U.csproj'");
    }

    [Fact]
    public async Task A_program_of_Go_in_a_folder_of_any_name_is_one_word_of_a_script()
    {
        Write("go.mod", "module example.org/shop\n");
        Write("cmd/$(id)/main.go", "package main\n");

        (await InitAsync()).ShouldBe(ExitCodes.Ok, _run.Error.ToString());

        Read("script/cibuild").ShouldContain("-o bin/shop './cmd/$(id)'\n");
    }

    [Fact]
    public async Task What_does_not_exist_is_an_error_of_usage()
    {
        (await _run.RunAsync("init", _directory.Combine("nowhere"))).ShouldBe(ExitCodes.Usage);
        (await InitAsync("--recipe", "cobol")).ShouldBe(ExitCodes.Usage);
        (await InitAsync("--name", "No Name")).ShouldBe(ExitCodes.Usage);

        _run.Error.ToString().ShouldContain("There is no recipe 'cobol'.");
    }

    private Task<int> InitAsync(params string[] options) => _run.RunAsync(["init", Repository, .. options]);

    private JsonElement Document()
    {
        using var document = JsonDocument.Parse(_run.Output);
        return document.RootElement.Clone();
    }

    private void Write(string path, string content) => _directory.WriteFile($"shop/{path}", content);

    private string Read(string path) => File.ReadAllText(Path.Combine(Repository, path));
}
