using System.Text;
using Canary.Failures;
using Canary.RepositoryPublisher.Packages;

namespace Canary.RepositoryPublisher.Tests.Packages;

public sealed class RelationsTests
{
    [Theory]
    [InlineData("Depends: libc6 (>= 2.36), python3:any | perl (<< 5~)", "libc6 python3 perl")]
    [InlineData("Depends: libc6,\n perl", "libc6 perl")]
    [InlineData("Enhances: a1 | b1", "a1 b1")]
    [InlineData("Provides: web-api (= 1:2.0-1), web", "web-api web")]
    [InlineData("Conflicts: apache2, lighttpd (<< 1.4)", "apache2 lighttpd")]
    [InlineData("Breaks: g++ (>>1.0)", "g++")]
    public void Packages_of_a_field_are_read(string line, string names) =>
        Relations.NamesIn(Parse(line), line[..line.IndexOf(':')]).ShouldBe(names.Split(' '));

    [Theory]
    [InlineData("Depends: libc6 [amd64]")]
    [InlineData("Depends: debhelper <!nocheck>")]
    [InlineData("Depends: python3 (>= 3.9-)")]
    [InlineData("Depends: python3 (> 3.9)")]
    [InlineData("Depends: python3 (>= )")]
    [InlineData("Depends: python3 (>= 3.9")]
    [InlineData("Depends: python3 3.9")]
    [InlineData("Depends: a1,,b1")]
    [InlineData("Depends: a1\u2003")]
    [InlineData("Depends: a1\u00A0(>= 1)")]
    [InlineData("Depends: a1 (>= 1\u2003)")]
    [InlineData("Depends: a1,")]
    [InlineData("Depends: a1 |")]
    [InlineData("Depends:")]
    [InlineData("Depends: ${misc:Depends}")]
    [InlineData("Depends: Web_Api")]
    [InlineData("Conflicts: apache2 | lighttpd")]
    [InlineData("Replaces: old-shop | older-shop")]
    [InlineData("Breaks: a1 | b1")]
    [InlineData("Provides: web-api | web")]
    [InlineData("Provides: web-api (>= 2)")]
    public void Field_that_dpkg_or_apt_refuses_is_refused(string line)
    {
        var fault = Should.Throw<CanaryException>(() => Relations.NamesIn(Parse(line), line[..line.IndexOf(':')]));

        fault.Code.ShouldBe("package-invalid");
        fault.Message.ShouldContain(line[..line.IndexOf(':')]);
    }

    private static ControlParagraph Parse(string line) =>
        ControlParagraph.Parse(Encoding.UTF8.GetBytes($"Package: shop\n{line}\n"));
}
