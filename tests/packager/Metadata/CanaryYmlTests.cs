using Canary.Contracts.Deploying;
using Canary.Packager.Deb;
using Canary.Packager.Metadata;
using Canary.Packager.Tests.Fixtures;

namespace Canary.Packager.Tests.Metadata;

public sealed class CanaryYmlTests
{
    [Fact]
    public void Every_key_is_read()
    {
        var metadata = Read(
            """
            name: acme-shop
            version: 1.10
            description: sells things
            maintainer: Shop team <shop@example.org>
            license: Apache-2.0
            homepage: https://shop.example.org/
            section: web
            architecture: amd64
            depends: ["python3 (>= 3.9)", "adduser | passwd"]
            recommends: [ca-certificates]
            suggests: shop-doc, shop-extra
            conflicts: [old-shop]
            provides: [shop-frontend (= 1.0)]
            replaces:
              - old-shop (<< 1.0)
            prefix: /srv/acme/shop/
            exclude: ["tests/**", "*.md"]
            conffiles: [etc/shop.ini]
            scripts:
              pre-install: script/a
              post-install: script/b
              pre-remove: script/c
              post-remove: ./script/d
            compression: xz
            role: [fe, worker]
            health:
              http: http://${address}:${port}/health
              timeout: 2s
              grace: 1m30s
            rollout:
              soak: 1h30m
              promotion: automatic
              waves: [1, 25%, zone=a, 100%]
              wave-soak: 10m
              max-unavailable: 20%
              spread: zone
              phased: true
              failure-budget: 10%
              on-wave-failure: pause
            """
        );

        metadata.Name.ShouldBe("acme-shop");
        metadata.Version.ShouldBe("1.10");
        metadata.Description.ShouldBe("sells things");
        metadata.Maintainer.ShouldBe("Shop team <shop@example.org>");
        metadata.License.ShouldBe("Apache-2.0");
        metadata.Homepage.ShouldBe("https://shop.example.org/");
        metadata.Section.ShouldBe("web");
        metadata.Architecture.ShouldBe("amd64");
        metadata.Depends.ShouldBe(["python3 (>= 3.9)", "adduser | passwd"]);
        metadata.Recommends.ShouldBe(["ca-certificates"]);
        metadata.Suggests.ShouldBe(["shop-doc", "shop-extra"]);
        metadata.Conflicts.ShouldBe(["old-shop"]);
        metadata.Provides.ShouldBe(["shop-frontend (= 1.0)"]);
        metadata.Replaces.ShouldBe(["old-shop (<< 1.0)"]);
        metadata.Prefix.ShouldBe("/srv/acme/shop");
        metadata.Exclude.ShouldBe(["tests/**", "*.md"]);
        metadata.Conffiles.ShouldBe(["etc/shop.ini"]);
        metadata.Scripts.ShouldBe(
            new Dictionary<string, string>
            {
                ["preinst"] = "script/a",
                ["postinst"] = "script/b",
                ["prerm"] = "script/c",
                ["postrm"] = "script/d",
            },
            ignoreOrder: true
        );
        metadata.Compression.ShouldBe(Compression.Xz);
        metadata.Plan.Role.ShouldBe("fe,worker");
        metadata.Plan.Health.ShouldBe(
            new HealthCheck
            {
                Http = "http://${address}:${port}/health",
                Timeout = TimeSpan.FromSeconds(2),
                Grace = TimeSpan.FromSeconds(90),
            }
        );
        metadata.Plan.Soak.ShouldBe(TimeSpan.FromMinutes(90));
        metadata.Plan.Promotion.ShouldBe(PromotionPolicy.Automatic);
        metadata.Plan.Waves.ShouldBe(["1", "25%", "zone=a", "100%"]);
        metadata.Plan.WaveSoak.ShouldBe(TimeSpan.FromMinutes(10));
        metadata.Plan.MaxUnavailable.ShouldBe("20%");
        metadata.Plan.Spread.ShouldBe("zone");
        metadata.Plan.Phased.ShouldBe(true);
        metadata.Plan.FailureBudget.ShouldBe("10%");
        metadata.Plan.OnWaveFailure.ShouldBe(WaveFailurePolicy.Pause);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing but a comment\n")]
    [InlineData("---\n")]
    public void An_empty_file_means_the_defaults(string text)
    {
        var metadata = Read(text);

        metadata.Version.ShouldBe("0.0.0");
        metadata.Architecture.ShouldBeNull();
        metadata.Plan.ShouldBe(new DeploymentPlan());
    }

    [Fact]
    public void A_command_keeps_its_arguments_apart() =>
        Read("health: {command: [bin/health, --deep, 'a b']}")
            .Plan.Health!.Command.ShouldBe(["bin/health", "--deep", "a b"]);

    [Theory]
    [InlineData("nmae: shop", "line 1", "`nmae`", "Did you mean `name`?")]
    [InlineData("name: shop\nDepends: [a]", "line 2", "`Depends`", "Did you mean `depends`?")]
    [InlineData("failure_budget: 1", "line 1", "`failure_budget`", "are name, version")]
    [InlineData("rollout:\n  failureBudget: 1", "line 2", "below `rollout`", "Did you mean `failure-budget`?")]
    [InlineData("soak: 5m", "line 1", "`soak`", "`soak` belongs below `rollout`")]
    [InlineData("health:\n  role: fe", "line 2", "`role`", "belongs at the top of the file")]
    [InlineData("scripts:\n  postinst: a", "line 2", "`postinst`", "Did you mean `post-install`?")]
    [InlineData("$(reboot): 1", "line 1", "`$(reboot)`", "The keys here are")]
    public void An_unknown_key_is_an_error_that_names_the_line_and_the_nearest_key(
        string text,
        params string[] named
    ) => Reading(text).ShouldFail("metadata-unknown-key", named);

    [Theory]
    [InlineData("name: [a", "canary.yml, line", "']'")]
    [InlineData("name: a\n\tversion: 1", "line 1", "tab")]
    [InlineData("name: a\nname: b", "line 2", "`name`", "second time")]
    [InlineData("- name", "keys and values")]
    [InlineData("just text", "keys and values")]
    [InlineData("a: 1\n---\nb: 2", "line 2", "second document")]
    [InlineData("name: &n shop\ndescription: *n", "line 2", "aliases")]
    [InlineData("[a]: b", "line 1", "plain word")]
    [InlineData("exclude: [[[[[[[[[[a]]]]]]]]]]", "line 1", "too deep")]
    [InlineData("\"", "line 1")]
    public void What_is_not_plain_yaml_is_an_error_that_names_the_line(string text, params string[] named) =>
        Reading(text).ShouldFail("metadata-syntax", named);

    [Fact]
    public void Nesting_without_end_does_not_exhaust_the_stack() =>
        Reading("exclude: " + new string('[', 100_000)).ShouldFail("metadata-syntax", "too deep");

    [Theory]
    [InlineData("version:", "`version` has no value")]
    [InlineData("version: ~", "`version` has no value")]
    [InlineData("name: {a: b}", "`name` must be a single value")]
    [InlineData("health: bin/health", "`health` must be a group of keys")]
    [InlineData("depends: {a: b}", "`depends` must be a list")]
    [InlineData("maintainer: Bob", "`Bob`", "NAME <ADDRESS>")]
    [InlineData("maintainer: \"Bob <b@example.org>\\nDepends: evil\"", "maintainer")]
    [InlineData("license: \"MIT\\nEssential: yes\"", "line break")]
    [InlineData("homepage: shop.example.org", "web address")]
    [InlineData("homepage: javascript:alert(1)", "web address")]
    [InlineData("section: Web Things", "section")]
    [InlineData("architecture: x86_64", "architecture: amd64")]
    [InlineData("architecture: aarch64", "architecture: arm64")]
    [InlineData("architecture: armfh", "architecture: armhf")]
    [InlineData("architecture: any", "architecture: all")]
    [InlineData("depends: [Python3]", "`Python3`")]
    [InlineData("depends: ['python3 > 3.9']", "`python3 > 3.9`", ">=")]
    [InlineData("depends: ['python3 (>= )']", "relation")]
    [InlineData("depends: ['libc6 [amd64]']", "`libc6 [amd64]`", "architecture")]
    [InlineData("depends: ['python3 (>= 3.9-)']", "hyphen")]
    [InlineData("depends: ['a1, ']", "relation")]
    [InlineData("conflicts: ['apache2 | lighttpd']", "choice", "an item for each")]
    [InlineData("replaces: ['old-shop | older-shop']", "choice")]
    [InlineData("provides: ['web-api | web']", "choice")]
    [InlineData("provides: ['web-api (>= 2)']", "not exact")]
    [InlineData("depends: \"a\\nEssential: yes\"", "relation")]
    [InlineData("depends: ['']", "relation")]
    [InlineData("prefix: opt/shop", "prefix")]
    [InlineData("prefix: /", "prefix")]
    [InlineData("prefix: /usr", "prefix")]
    [InlineData("prefix: /opt/../etc", "prefix")]
    [InlineData("prefix: /bin/shop", "prefix")]
    [InlineData("prefix: /opt/my shop", "prefix")]
    [InlineData("exclude: ['../x']", "`../x`", "'..'")]
    [InlineData("exclude: ['!keep']", "`!keep`")]
    [InlineData("exclude: ['/']", "empty")]
    [InlineData("exclude: ['[z-a]']", "range")]
    [InlineData("conffiles: [/etc/passwd]", "`/etc/passwd`")]
    [InlineData("conffiles: [../etc/passwd]", "path within the repository")]
    [InlineData("scripts: {post-install: /bin/sh}", "`/bin/sh`")]
    [InlineData("scripts: {post-install: ../../evil}", "path within the repository")]
    [InlineData("compression: bzip2", "gzip, zstd, xz, none")]
    [InlineData("compression: 1", "gzip, zstd, xz, none")]
    [InlineData("role: Front End", "role")]
    [InlineData("health: {}", "exactly one of `command`, `http` and `units`")]
    [InlineData("health: {command: a, http: 'http://x/'}", "exactly one of `command`, `http` and `units`")]
    [InlineData("health: {command: bin/health --deep}", "[bin/health, --deep]")]
    [InlineData("health: {command: []}", "names no program")]
    [InlineData("health: {http: /health}", "web address")]
    [InlineData("health: {http: 'ftp://x/'}", "web address")]
    [InlineData("health: {command: a, timeout: 0s}", "out of range", "above 0s")]
    [InlineData("health: {command: a, timeout: 5}", "`5`", "`30s`")]
    [InlineData("rollout: {soak: 8d}", "out of range", "10080m")]
    [InlineData("rollout: {soak: five minutes}", "no duration")]
    [InlineData("rollout: {promotion: auto}", "manual, automatic")]
    [InlineData("rollout: {waves: [50%, 25%, 100%]}", "`25%`", "before it")]
    [InlineData("rollout: {waves: [50%, 60, 100%]}", "`60`", "numbers before shares")]
    [InlineData("rollout: {waves: [0, 100%]}", "`0`")]
    [InlineData("rollout: {waves: [1, 50%]}", "100%")]
    [InlineData("rollout: {waves: [1, 200%]}", "`200%`")]
    [InlineData("rollout: {waves: []}", "100%")]
    [InlineData("rollout: {waves: [100%, zone=a]}", "100%")]
    [InlineData("rollout: {waves: [zone=, 100%]}", "`zone=`", "nor a tag")]
    [InlineData("rollout: {wave-soak: 8d}", "out of range", "10080m")]
    [InlineData("rollout: {max-unavailable: some}", "`some`", "`max-unavailable: 10%`")]
    [InlineData("rollout: {spread: zone=a}", "`zone=a`", "`spread: zone`")]
    [InlineData("rollout: {phased: slowly}", "`slowly`", "neither true nor false")]
    [InlineData("role: []", "names none")]
    [InlineData("role: [web, 'a,b']", "`a,b`")]
    [InlineData("rollout: {failure-budget: -1}", "`-1`")]
    [InlineData("rollout: {on-wave-failure: panic}", "`panic`")]
    [InlineData("rollout: {failure-budget: 101%}", "`101%`")]
    public void A_bad_value_is_an_error_that_says_what_to_write(string text, params string[] named) =>
        Reading(text).ShouldFail("metadata-value-invalid", [.. named, "canary.yml, line 1"]);

    [Theory]
    [InlineData("Shop", "`name: shop`")]
    [InlineData("my shop", "`name: my-shop`")]
    [InlineData("a", "lower-case letters")]
    [InlineData("-rf", "`name: rf`")]
    [InlineData("../../etc", "`name: etc`")]
    [InlineData("shop;reboot", "`name: shop-reboot`")]
    [InlineData("läden", "`name: l-den`")]
    public void A_bad_name_is_an_error_that_offers_a_good_one(string name, string remedy) =>
        Reading($"name: '{name}'").ShouldFail("package-name-invalid", $"`{name}`", remedy);

    [Fact]
    public void A_pattern_or_a_path_without_end_is_an_error()
    {
        Reading($"exclude: '{new string('a', 1001)}'").ShouldFail("metadata-value-invalid", "longer than 1000");
        Reading($"conffiles: '{new string('a', 4097)}'").ShouldFail("metadata-value-invalid", "longer than 4096");
    }

    [Theory]
    [InlineData("v1.2", "`version: 1.2`")]
    [InlineData("release-7", "`version: 7`")]
    [InlineData("latest", "`version: 1.0.0`")]
    [InlineData("", "begin with a digit")]
    [InlineData("1.0_1", "'_'")]
    [InlineData("1.0/2", "'/'")]
    [InlineData("1.0 beta", "a space")]
    [InlineData("1.0$(id)", "'$'")]
    [InlineData("a:1.0", "epoch")]
    [InlineData("99999999999:1.0", "epoch")]
    [InlineData("1:", "begin with a digit")]
    [InlineData("1:2:3", "':'")]
    public void A_bad_version_is_an_error_that_says_why(string version, string reason) =>
        Reading($"version: '{version}'").ShouldFail("package-version-invalid", reason);

    [Theory]
    [InlineData("1")]
    [InlineData("1.0~rc1")]
    [InlineData("1:2.0-1")]
    [InlineData("2024.01.02+git")]
    public async Task A_good_version_is_one_that_dpkg_takes(string version)
    {
        var result = await Canary.Testing.ProcessRunner.RunAsync(
            "dpkg",
            ["--validate-version", Read($"version: '{version}'").Version + Packing.CommitSuffix]
        );
        result.EnsureSuccess();
    }

    [Fact]
    public void A_list_without_end_is_refused_before_it_is_read() =>
        Reading($"exclude: [{string.Join(", ", Enumerable.Repeat("a", 1001))}]")
            .ShouldFail(MetadataCodes.MetadataSyntax, "more than 1000 entries");

    [Fact]
    public void A_text_on_which_the_library_gives_up_is_no_YAML() =>
        Reading("!!%2222222[22: canary").ShouldFail(MetadataCodes.MetadataSyntax, "not YAML");

    [Fact]
    public void The_longest_pattern_has_a_matcher() =>
        Read($"exclude: ['{string.Concat(Enumerable.Repeat("**/[a-z]*x?", 90))}']").Exclude.ShouldHaveSingleItem();

    private static PackageMetadata Read(string text) =>
        MetadataFaults.Together(() => MetadataKeys.ReadCanaryYml("canary.yml", YamlNodes.Parse("canary.yml", text)));

    private static Action Reading(string text) => () => Read(text);
}
