using Microsoft.AspNetCore.Http;

namespace Canary.Testing;

/// <summary>What is still to go wrong with requests to a stand-in.</summary>
internal sealed class Faults<TKind>
    where TKind : struct, Enum
{
    private readonly Lock _gate = new();

    private readonly List<Fault> _faults = [];

    public int Left
    {
        get
        {
            lock (_gate)
            {
                return _faults.Sum(fault => fault.Left);
            }
        }
    }

    public void Add(string part, TKind kind, int times)
    {
        lock (_gate)
        {
            _faults.Add(new Fault(part, kind) { Left = times });
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _faults.Clear();
        }
    }

    /// <summary>What goes wrong with this request; <c>null</c>: nothing.</summary>
    public TKind? Take(string request)
    {
        lock (_gate)
        {
            if (_faults.Find(it => it.Left > 0 && request.Contains(it.Part, StringComparison.Ordinal)) is not { } fault)
            {
                return null;
            }

            fault.Left--;
            return fault.Kind;
        }
    }

    private sealed class Fault(string part, TKind kind)
    {
        public string Part => part;

        public TKind Kind => kind;

        public int Left { get; set; }
    }
}

/// <summary>Ends of requests.</summary>
internal static class Waiting
{
    /// <summary>Answers nothing until whoever asked has given up.</summary>
    public static async Task WhenGivenUpAsync(this HttpContext context)
    {
        var givenUp = new TaskCompletionSource();
        await using var registration = context.RequestAborted.Register(() => givenUp.TrySetResult());
        await givenUp.Task;
    }
}
