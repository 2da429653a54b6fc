using Fluid;
using Fluid.Ast;
using Fluid.Values;

namespace Canary.Cli.Hosts.Render;

/// <summary>Looks at how long ranges such as <c>(1..9)</c> are before they are made: Fluid counts the steps of a template,
/// and makes a range in a single one.</summary>
internal sealed class BoundedRanges : AstRewriter
{
    protected override Expression VisitRangeExpression(RangeExpression rangeExpression) =>
        new BoundedRange(rangeExpression);

    // Neither finds a file, whatever is in it.
    protected override Statement VisitIncludeStatement(IncludeStatement includeStatement) => includeStatement;

    protected override Statement VisitRenderStatement(RenderStatement renderStatement) => renderStatement;

    private sealed class BoundedRange(RangeExpression range) : Expression
    {
        private const int Longest = 100_000;

        public override async ValueTask<FluidValue> EvaluateAsync(TemplateContext context)
        {
            var from = (await range.From.EvaluateAsync(context)).ToNumberValue();
            var to = (await range.To.EvaluateAsync(context)).ToNumberValue();
            return to - from < Longest
                ? await range.EvaluateAsync(context)
                : throw new InvalidOperationException($"the range ({from}..{to}) is longer than {Longest}.");
        }
    }
}
