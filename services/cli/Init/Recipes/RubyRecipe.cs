namespace Canary.Cli.Init.Recipes;

/// <summary>Ruby with its gems in the package.</summary>
internal static class RubyRecipe
{
    private const string Gemfile = "Gemfile";

    private static readonly string[] Starts = ["app.rb", "server.rb", "main.rb"];

    public static Recipe Recipe { get; } =
        new(
            "ruby",
            "Ruby with the gems of its Gemfile",
            folder => folder.Has(Gemfile) && !StaticRecipe.IsJekyll(folder) ? Gemfile : null,
            Draw
        );

    private static Draft Draw(RepositoryFolder folder, string name)
    {
        var gems = folder.Text(Gemfile);
        var isRails = folder.Has("config/application.rb");
        var frontEnd = isRails ? NodeRecipe.FrontEndOf(folder) : null;
        var isLocked = folder.Has("Gemfile.lock");
        var command = CommandOf(folder, gems);
        return new Draft(name)
        {
            Depends = ["ruby", "bundler"],
            Include = [".bundle/config", "vendor/bundle/**", .. isRails ? ["public/assets/**"] : (string[])[]],
            Services = command is null
                ? []
                :
                [
                    new DraftService(name, command)
                    {
                        Environment =
                        [
                            new("LANG", "C.UTF-8"),
                            new(isRails ? "RAILS_ENV" : "RACK_ENV", "production"),
                            .. isRails ? Logged : [],
                        ],
                    },
                ],
            Setup =
            [
                "bundle config set --local path vendor/bundle",
                "bundle config set --local without development:test",
                .. isLocked ? ["bundle config set --local frozen true"] : (string[])[],
                folder.HasDirectory("vendor/cache") ? "bundle install --local" : "bundle install",
                "rm -rf vendor/bundle/ruby/*/cache",
                .. frontEnd?.Setup ?? [],
            ],
            Build =
            [
                .. frontEnd?.Build ?? [],
                .. isRails
                    ? ["SECRET_KEY_BASE_DUMMY=1 RAILS_ENV=production bundle exec rails assets:precompile"]
                    : (string[])[],
            ],
            BuildPackages = ["bundler", "ruby-dev", "build-essential", .. frontEnd is null ? (string[])[] : ["npm"]],
            Steps =
            [
                "Gems are for one version of Ruby: build on the release of Debian that the hosts run.",
                .. isLocked
                    ? (string[])[]
                    : ["Commit Gemfile.lock (bundle lock): without it two builds of a commit may differ."],
                .. isRails
                    ?
                    [
                        "Put RAILS_MASTER_KEY into /etc/default/"
                            + name
                            + " of the hosts, and migrations into script/pre-deploy.",
                    ]
                    : (string[])[],
            ],
        };
    }

    private static KeyValuePair<string, string>[] Logged => [new("RAILS_LOG_TO_STDOUT", "1")];

    private static IReadOnlyList<string>? CommandOf(RepositoryFolder folder, string gems) =>
        folder.Has("config.ru")
            ? gems.Contains("\"puma\"", StringComparison.Ordinal) || gems.Contains("'puma'", StringComparison.Ordinal)
                ? ["bundle", "exec", "puma", "--port", "8080"]
                : ["bundle", "exec", "rackup", "--host", "0.0.0.0", "--port", "8080"]
            : folder.First(Starts) is { } file
                ? ["bundle", "exec", "ruby", file]
                : null;
}
