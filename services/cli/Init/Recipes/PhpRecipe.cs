using System.Text.RegularExpressions;

namespace Canary.Cli.Init.Recipes;

/// <summary>PHP with what Composer installs, behind nginx and php-fpm.</summary>
internal static partial class PhpRecipe
{
    private const string Manifest = "composer.json";

    private static readonly string[] Fronts = ["public/index.php", "web/index.php", "index.php"];

    /// <summary>Extensions that PHP itself has in Debian.</summary>
    private static readonly HashSet<string> BuiltIn = new(StringComparer.Ordinal)
    {
        "calendar",
        "ctype",
        "date",
        "exif",
        "fileinfo",
        "filter",
        "ftp",
        "gettext",
        "hash",
        "iconv",
        "json",
        "libxml",
        "openssl",
        "pcntl",
        "pcre",
        "pdo",
        "phar",
        "posix",
        "random",
        "reflection",
        "session",
        "shmop",
        "sockets",
        "sodium",
        "spl",
        "standard",
        "tokenizer",
        "zlib",
    };

    /// <summary>Extensions whose package is called otherwise.</summary>
    private static readonly Dictionary<string, string> Packages = new(StringComparer.Ordinal)
    {
        ["dom"] = "xml",
        ["mysqli"] = "mysql",
        ["pdo_mysql"] = "mysql",
        ["pdo_pgsql"] = "pgsql",
        ["pdo_sqlite"] = "sqlite3",
        ["simplexml"] = "xml",
        ["xmlreader"] = "xml",
        ["xmlwriter"] = "xml",
    };

    public static Recipe Recipe { get; } =
        new("php", "PHP behind nginx and php-fpm", folder => folder.First([Manifest, .. Fronts]), Draw);

    private static Draft Draw(RepositoryFolder folder, string name)
    {
        var package = folder.Json(Manifest);
        var front = folder.First(Fronts);
        var isComposed = folder.Has(Manifest);
        var frontEnd = NodeRecipe.FrontEndOf(folder);
        var minimum = Lowest().Match(package.Object("require").Text("php") ?? "") is { Success: true } lowest
            ? $" (>= 2:{lowest.Groups["version"].Value})"
            : "";
        var draft = new Draft(name)
        {
            Version = package.Text("version"),
            Description = package.Text("description"),
            Depends = [$"{(front is null ? "php-cli" : "php-fpm")}{minimum}", .. ExtensionsOf(package)],
            Exclude = front is null ? [] : [".git*", "/nginx"],
            Include =
            [
                .. isComposed ? ["vendor/**"] : (string[])[],
                .. frontEnd is null ? (string[])[] : ["public/build/**"],
            ],
            Setup =
            [
                .. isComposed
                    ?
                    [
                        "export COMPOSER_CACHE_DIR=\"$CANARY_CACHE/composer\"",
                        "composer install --no-dev --no-interaction --no-progress --optimize-autoloader",
                    ]
                    : (string[])[],
                .. frontEnd?.Setup ?? [],
            ],
            Build = frontEnd?.Build ?? [],
            BuildPackages = [.. isComposed ? ["composer"] : (string[])[], .. frontEnd is null ? (string[])[] : ["npm"]],
            Steps =
            [
                .. isComposed && !folder.Has("composer.lock")
                    ? ["Commit composer.lock (composer update): without it two builds of a commit may differ."]
                    : (string[])[],
                .. frontEnd is null
                    ? (string[])[]
                    :
                    [
                        "The front end was taken to be built into public/build: correct `include` in canary.yml if it is elsewhere.",
                    ],
            ],
        };
        return front is null
            ? draft
            : NginxSite.Add(
                draft,
                Path.GetDirectoryName(front) is { Length: > 0 } root ? root : ".",
                "index.php index.html",
                "/index.php$is_args$args",
                [
                    .. front.Contains('/', StringComparison.Ordinal)
                        ? (string[])[]
                        : ["location ~ ^/(vendor|script|canary\\.yml|composer\\.) {\n        return 404;\n    }"],
                    "location ~ \\.php$ {\n        include snippets/fastcgi-php.conf;\n        fastcgi_pass unix:/run/php/php-fpm.sock;\n    }",
                ],
                "# It keeps compiled code of the version before.",
                "systemctl reload 'php*-fpm.service'"
            );
    }

    private static IEnumerable<string> ExtensionsOf(JsonFields package) =>
        package
            .Object("require")
            .Names.Where(name => ExtensionName().IsMatch(name))
            .Select(name => name["ext-".Length..].ToLowerInvariant())
            .Where(extension => !BuiltIn.Contains(extension))
            .Select(extension => $"php-{Packages.GetValueOrDefault(extension, extension).Replace('_', '-')}")
            .Distinct();

    [GeneratedRegex(@"\Aext-[A-Za-z0-9_]+\z")]
    private static partial Regex ExtensionName();

    [GeneratedRegex(@"(?:>=|\^|~)\s*(?<version>\d+(?:\.\d+)?)")]
    private static partial Regex Lowest();
}
