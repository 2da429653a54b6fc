using System.Text;
using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Durability.Messaging;
using Canary.Testing;

namespace Canary.Architecture.Tests;

/// <summary>Events that other programs are told of.</summary>
public sealed class EventsTests
{
    private const string Document = "docs/events.asyncapi.yaml";

    [Fact]
    public void The_document_of_the_events_is_what_the_code_says() =>
        Snapshot.MatchFile(EventsDocument.Yaml(), Document);

    [Fact]
    public async Task The_document_of_the_events_is_valid_and_so_are_its_examples() =>
        (await AsyncApi.FaultsOfAsync(SourceTree.PathOf(Document))).ShouldBeEmpty();

    [Theory]
    [InlineData("\"type\":\"canary.fleet-observed\"", "\"type\":\"canary.fleet-lost\"", "is not in the document")]
    [InlineData("\"source\":", "\"origin\":", "must have required property 'source'")]
    [InlineData("\"hosts\":", "\"machines\":", "must have required property 'hosts'")]
    [InlineData("\"channel\":\"canary\"", "\"channel\":\"moon\"", "must be equal to one of the allowed values")]
    public async Task An_event_that_is_not_as_the_document_says_is_found(string right, string wrong, string fault)
    {
        var example = EventExamples.All.OfType<FleetObserved>().Single();
        var @event = Encoding.UTF8.GetString(EventsDocument.Announce(example).ToJson());
        @event.ShouldContain(right);

        var faults = await AsyncApi.FaultsOfAsync(SourceTree.PathOf(Document), @event.Replace(right, wrong));

        faults.ShouldContain(fault);
    }

    [Fact]
    public void Every_event_of_the_contracts_is_told_and_has_an_example() =>
        EventExamples
            .All.Select(it => it.GetType())
            .ShouldBe(
                MessageTopology
                    .Messages.Where(message => message is { IsCommand: false, IsWithinAService: false })
                    .Select(message => message.Type),
                ignoreOrder: true
            );

    [Fact]
    public void An_event_is_routed_by_its_application_and_its_name()
    {
        foreach (var @event in EventExamples.All)
        {
            var application = @event is IApplicationEvent ? "shop" : "_";
            EventsDocument
                .Announce(@event)
                .RoutingKey.ShouldBe($"{application}.{Option.WordsOf(@event.GetType().Name)}");
        }
    }

    [Fact]
    public void A_message_that_is_told_is_an_event_of_the_contracts() =>
        MessageTopology
            .Messages.Where(message => message.Type.IsAssignableTo(typeof(IEvent)))
            .ShouldAllBe(message => !message.IsCommand && !message.IsWithinAService);

    [Theory]
    [InlineData("")]
    [InlineData("canary.events")]
    [InlineData("acme:canary_events-2")]
    public void The_exchange_may_have_another_name_or_none(string name) => FaultsWith(name).ShouldBe(0);

    [Theory]
    [InlineData("amq.topic")]
    [InlineData("with space")]
    [InlineData("exchange?type=fanout")]
    public void The_exchange_has_a_name_of_its_own(string name) => FaultsWith(name).ShouldBe(1);

    private static int FaultsWith(string name)
    {
        var options = OptionTypes.All.Single(it => it.Type == typeof(TransportOptions));
        var exchange = options.Options().Single(it => it.Key == "hosting.transport.events-exchange");
        return options.FaultsWith(exchange, name).Count;
    }
}
