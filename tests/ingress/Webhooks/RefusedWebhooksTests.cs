using System.Net;
using Canary.Ingress.Webhooks;
using Canary.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Canary.Ingress.Tests.Webhooks;

public sealed class RefusedWebhooksTests : IDisposable
{
    private static readonly IPAddress Somebody = IPAddress.Parse("192.0.2.1");

    private readonly FakeTimeProvider _time = new();
    private readonly CollectedLog<RefusedWebhooks> _log = new();
    private readonly RefusedWebhooks _refused;

    public RefusedWebhooksTests() => _refused = new RefusedWebhooks(_time, _log);

    public void Dispose() => _refused.Dispose();

    [Fact]
    public void The_first_is_told_at_once_and_thousands_after_it_in_one_line()
    {
        for (var i = 0; i < 2001; i++)
        {
            _refused.Add(Somebody, "The signature is wrong.");
        }

        _log.Lines.ShouldBe(["Refused a webhook from 192.0.2.1: The signature is wrong."]);

        _time.Advance(RefusedWebhooks.Interval);

        _log.Lines.Count.ShouldBe(2);
        _log.Lines[1]
            .ShouldBe(
                "Refused 2000 more webhooks within 00:01:00, the last one from 192.0.2.1: The signature is wrong."
            );
    }

    [Fact]
    public void After_a_calm_while_the_next_is_told_at_once()
    {
        _refused.Add(Somebody, "first");
        _time.Advance(RefusedWebhooks.Interval);

        _refused.Add(Somebody, "second");

        _log.Lines.ShouldBe(["Refused a webhook from 192.0.2.1: first", "Refused a webhook from 192.0.2.1: second"]);
    }

    [Fact]
    public void One_client_hides_no_other_and_thousands_of_addresses_share_a_line()
    {
        for (var i = 0; i < 3; i++)
        {
            _refused.Add(Somebody, "first");
        }

        _refused.Add(IPAddress.Parse("192.0.2.2"), "second");

        _log.Lines.ShouldBe(["Refused a webhook from 192.0.2.1: first", "Refused a webhook from 192.0.2.2: second"]);

        for (var i = 0; i < 3000; i++)
        {
            _refused.Add(new IPAddress([10, 0, (byte)(i >> 8), (byte)i]), "another");
        }

        _log.Lines.Count.ShouldBe(RefusedWebhooks.MostAddresses + 1);
    }

    [Fact]
    public void All_addresses_of_a_network_are_one_client()
    {
        _refused.Add(IPAddress.Parse("2001:db8::1"), "first");
        _refused.Add(IPAddress.Parse("2001:db8::2"), "first");

        _log.Lines.ShouldHaveSingleItem();
    }
}
