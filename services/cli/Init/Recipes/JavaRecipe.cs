using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace Canary.Cli.Init.Recipes;

/// <summary>A jar that Maven, Gradle or Ant makes.</summary>
internal static class JavaRecipe
{
    private const string Pom = "pom.xml";

    private const string MavenOptions = ".mvn/maven.config";

    private static readonly string[] Gradle = ["build.gradle", "build.gradle.kts"];

    private static readonly string[] Signs = [Pom, .. Gradle, "build.xml"];

    private static readonly string[] Bundling =
    [
        "maven-shade-plugin",
        "spring-boot-maven-plugin",
        "maven-assembly-plugin",
        "quarkus-maven-plugin",
    ];

    private static readonly string[] VersionKeys = ["maven.compiler.release", "maven.compiler.target", "java.version"];

    public static Recipe Recipe { get; } =
        new("java", "Java: a jar of Maven, Gradle or Ant", folder => folder.First(Signs), Draw);

    private static Draft Draw(RepositoryFolder folder, string name)
    {
        var draft =
            folder.Has(Pom) ? OfMaven(folder, name)
            : folder.HasAny(Gradle) ? OfGradle(folder, name)
            : OfAnt(name);
        return draft with
        {
            Include = ["app.jar"],
            Only = true,
            Services = [new DraftService(name, ["java", "-jar", "app.jar"])],
        };
    }

    private static Draft OfMaven(RepositoryFolder folder, string name)
    {
        var pom = Read(folder);
        var local = folder.Text(MavenOptions).Contains("maven.repo.local", StringComparison.Ordinal)
            ? ""
            : "-Dmaven.repo.local=\"$CANARY_CACHE/maven\" ";
        var release = VersionKeys
            .Select(key => Child(Child(pom, "properties"), key)?.Value.Trim())
            .FirstOrDefault(it => it is not null);
        var version = Child(pom, "version")?.Value.Trim();
        var text = folder.Text(Pom);
        var dependsOnOthers =
            Child(pom, "dependencies")
                ?.Elements()
                .Any(it => Child(it, "scope")?.Value.Trim() is not ("test" or "provided")) == true;
        return new Draft(name)
        {
            Version =
                version is null || version.Contains('$', StringComparison.Ordinal) ? null
                : version.EndsWith("-SNAPSHOT", StringComparison.Ordinal) ? version[..^"-SNAPSHOT".Length]
                : version,
            Description =
                Child(pom, "description")?.Value.Trim() is { } description
                && !description.Contains("${", StringComparison.Ordinal)
                    ? description
                    : null,
            Depends = [Runtime(release)],
            Build = [$"{(folder.Has("mvnw") ? "sh ./mvnw" : "mvn")} --batch-mode {local}package", .. CopyOf("target")],
            BuildPackages = ["default-jdk-headless", .. folder.Has("mvnw") ? (string[])[] : ["maven"]],
            Steps =
            [
                .. dependsOnOthers && !Bundling.Any(plugin => text.Contains(plugin, StringComparison.Ordinal))
                    ?
                    [
                        "The jar has to bring its dependencies: add maven-shade-plugin to pom.xml, or another one that does so.",
                    ]
                    : (string[])[],
            ],
        };
    }

    private static Draft OfGradle(RepositoryFolder folder, string name) =>
        new(name)
        {
            Depends = [Runtime(null)],
            Build =
            [
                "export GRADLE_USER_HOME=\"$CANARY_CACHE/gradle\"",
                $"{(folder.Has("gradlew") ? "sh ./gradlew" : "gradle")} --no-daemon build",
                .. CopyOf("build/libs"),
            ],
            BuildPackages = ["default-jdk-headless", .. folder.Has("gradlew") ? (string[])[] : ["gradle"]],
            Steps =
            [
                "The jar has to bring its dependencies and name its main class: the plugins of Spring Boot or shadow do so.",
            ],
        };

    private static Draft OfAnt(string name) =>
        new(name)
        {
            Depends = [Runtime(null)],
            Build = ["ant", .. CopyOf("dist build")],
            BuildPackages = ["ant", "default-jdk-headless"],
            Steps = ["The jar of Ant is looked for in dist and build: correct script/cibuild if it is elsewhere."],
        };

    private static IReadOnlyList<string> CopyOf(string directories) =>
        [
            "# If there are several, name the one that runs.",
            $"cp \"$(find {directories} -maxdepth 1 -name '*.jar' ! -name '*-sources.jar' ! -name '*-javadoc.jar' ! -name 'original-*' ! -name '*-plain.jar')\" app.jar",
        ];

    private static string Runtime(string? release) =>
        int.TryParse(release, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
        && version is > 8 and < 100
            ? string.Create(CultureInfo.InvariantCulture, $"default-jre-headless (>= 2:1.{version})")
            : "default-jre-headless";

    private static XElement Read(RepositoryFolder folder)
    {
        try
        {
            using var reader = XmlReader.Create(
                new StringReader(folder.Text(Pom)),
                new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null }
            );
            return XDocument.Load(reader).Root!;
        }
        catch (XmlException e)
        {
            throw RepositoryFolder.Invalid(
                Pom,
                string.Create(CultureInfo.InvariantCulture, $"line {e.LineNumber} is no valid XML")
            );
        }
    }

    private static XElement? Child(XElement? parent, string name) =>
        parent?.Elements().FirstOrDefault(element => element.Name.LocalName == name);
}
