using System.Text;
using Canary.Ingress.Webhooks;

namespace Canary.Ingress.Tests.Webhooks;

public class FormPayloadTests
{
    [Theory]
    [InlineData("payload=%7B%22a%22%3A%22b+c%22%7D", "{\"a\":\"b c\"}")]
    [InlineData("other=1&payload=x%2by", "x+y")]
    [InlineData("payload=%C3%A9", "é")]
    [InlineData("payload=", "")]
    [InlineData("payload=first&payload=second", "first")]
    public void The_field_is_decoded(string form, string expected) => Read(form).ShouldBe(expected);

    [Theory]
    [InlineData("")]
    [InlineData("other=1")]
    [InlineData("payload")]
    [InlineData("xpayload=1")]
    public void A_form_without_the_field_has_no_payload(string form) => Read(form).ShouldBeNull();

    [Theory]
    [InlineData("payload=%")]
    [InlineData("payload=%4")]
    [InlineData("payload=%zz")]
    [InlineData("payload=%-1")]
    [InlineData("payload=%2\0")]
    public void A_broken_escape_is_an_error(string form) => Should.Throw<FormatException>(() => Read(form));

    [Theory]
    [InlineData("plain")]
    [InlineData("a&b=c%d+e f\n{\"ü\":\"😀\"}")]
    public void What_the_platform_encodes_is_read_back(string text) =>
        Read("payload=" + System.Net.WebUtility.UrlEncode(text)).ShouldBe(text);

    private static string? Read(string form) =>
        FormPayload.Decode(Encoding.UTF8.GetBytes(form)) is { } bytes ? Encoding.UTF8.GetString(bytes.Span) : null;
}
