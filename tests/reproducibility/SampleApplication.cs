using System.Text;

namespace Canary.Reproducibility.Tests;

/// <summary>An application with all that packages can hold: its commit, and what its build makes.</summary>
internal static class SampleApplication
{
    /// <summary>Folder of the repository.</summary>
    public const string Repository = "repository";

    /// <summary>Folder of what the build makes.</summary>
    public const string Output = "output";

    /// <summary>From this size on, compression takes several threads.</summary>
    private const int LargeFile = 5 << 20;

    private const string Metadata = """
        version: 1.2.3-rc.1
        description: |
          sells things – größer, 日本語
          The front end, written for
          .NET and others.
        license: Apache-2.0
        depends: [adduser]
        conffiles: [etc/shop.ini, "etc/über uns.ini"]
        exclude: ["*.orig"]
        package:
          include: ["dist/**", "node_modules/**", bin/shop]
        files:
          - { from: etc/cron, to: /etc/cron.d/shop }
          - { from: man, to: /usr/share/shop/man, mode: "0640", owner: "root:shop" }
          - { to: /var/lib/shop, type: directory, mode: "0750", owner: shop }
          - { from: /opt/shop/bin/shop, to: /usr/bin/shop, type: link }
        services:
          shop:
            command: [bin/shop, --port, "8080"]
            environment: { LOG_LEVEL: info, GREETING: "grüß 100%" }
            environment-file: config/shop.env
          clean:
            command: bin/shop --clean
            schedule: daily
        triggers: [interest-noawait /usr/share/shop]
        alternatives:
          editor: { link: /usr/bin/editor, path: bin/shop, priority: 10 }
        """;

    /// <summary>The build copies what it would make; what it leaves has the times of now and of its time zone.</summary>
    private const string Build = """
        cp -R "$OUTPUT/." .
        find dist -name '*.js' -exec touch -d '2001-02-03 04:05' {} +
        """;

    /// <summary>Makes it.</summary>
    /// <param name="directory">Directory for both folders.</param>
    /// <param name="alsoBuilds">What the build does besides.</param>
    public static async Task MakeAsync(string directory, string alsoBuilds = "true")
    {
        using var repository = await GitRepository.CreateInAsync(Path.Combine(directory, Repository));
        repository
            .WithScript("script/cisetup", "exit 0")
            .WithScript("script/cibuild", $"set -e\n{Build}\n{alsoBuilds}")
            .WithScript("script/post-inst", "exit 0")
            .WithScript("script/pre-deploy", "exit 0")
            .WithFile("canary.yml", Metadata)
            .WithFile("LICENSE", "Do as you like.\n")
            .WithFile("etc/shop.ini", "a=1\n")
            .WithFile("etc/über uns.ini", "b=2\n")
            .WithFile("etc/cron", "0 0 * * * root true\n")
            .WithFile("config/shop.env", "SHOP=1\n")
            .WithFile("man/shop.1", ".TH SHOP 1\n")
            .WithFile("man/de/shop.1", ".TH LADEN 1\n")
            .WithFile("left.orig", "no")
            .WithFile("dist/kept.txt", "as the commit has it\n")
            .WithFile("dist/rewritten.txt", "of the commit\n")
            .WithFile(
                "systemd/shop-extra.service",
                "[Service]\nExecStart=/bin/true\n\n[Install]\nWantedBy=multi-user.target\n"
            )
            .WithLink("current", "dist/app.js");
        await repository.CommitAsync("Sell things, größer");
        await MakeOutputAsync(Path.Combine(directory, Output));
    }

    private static async Task MakeOutputAsync(string output)
    {
        foreach (
            var name in (string[])
                ["app.js", "A.js", "_b.js", "a b.js", "é.js", "e\u0301.js", "-dash.js", @"back\slash.js"]
        )
        {
            Write(output, $"dist/{name}", $"// {name}\n");
        }

        Write(output, "dist/rewritten.txt", "by the build\n");
        Write(output, "dist/empty", "");
        Write(output, "dist/.hidden/日本語/x", "x");
        Write(output, $"dist/{new string('n', 60)}/{new string('m', 70)}", "a path beyond the header of tar");
        Write(output, "dist/large.txt", Text(LargeFile));
        for (var package = 0; package < 40; package++)
        {
            Write(output, $"node_modules/p{package}/package.json", $$"""{"name": "p{{package}}"}""");
            Write(output, $"node_modules/p{package}/lib/index.js", Text(300 + package));
        }

        Directory.CreateDirectory(Path.Combine(output, "node_modules/.bin"));
        File.CreateSymbolicLink(Path.Combine(output, "node_modules/.bin/p1"), "../p1/lib/index.js");
        File.CreateSymbolicLink(Path.Combine(output, "dist/latest"), "app.js");
        Directory.CreateDirectory(Path.Combine(output, "bin"));
        File.Copy("/bin/ls", Path.Combine(output, "bin", "shop"));
        File.SetUnixFileMode(Path.Combine(output, "dist", "app.js"), FileModes.Private | FileModes.Execute);
        File.SetUnixFileMode(Path.Combine(output, "dist", "A.js"), (UnixFileMode)0b111_111_111);
        File.SetUnixFileMode(Path.Combine(output, "dist", "empty"), UnixFileMode.UserRead);
        await ProcessRunner.OutputOfAsync(
            "touch",
            ["-d", "1970-01-01 00:00 UTC", Path.Combine(output, "dist", "empty")]
        );
        await ProcessRunner.OutputOfAsync("touch", ["-d", "2099-01-01", Path.Combine(output, "dist", "A.js")]);
    }

    private static void Write(string output, string path, string content)
    {
        var file = Path.Combine(output, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }

    private static string Text(int size)
    {
        var random = new Random(size);
        var text = new StringBuilder(size);
        while (text.Length < size)
        {
            text.Append("etaoin shrdlu\n"[random.Next(14)]);
        }

        return text.ToString();
    }
}
