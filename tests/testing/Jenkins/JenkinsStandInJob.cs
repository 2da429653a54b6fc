using System.Text;
using System.Text.Json.Nodes;

namespace Canary.Testing.Jenkins;

/// <summary>A job of the stand-in for Jenkins.</summary>
public sealed class JenkinsStandInJob
{
    private readonly Lock _gate;
    private readonly List<JenkinsStandInBuild> _builds = [];

    internal JenkinsStandInJob(string path, IReadOnlyList<string> parameters, Lock gate)
    {
        _gate = gate;
        Path = path;
        Parameters = parameters;
    }

    /// <summary>Where it is: <c>job/FOLDER/job/NAME</c>, escaped.</summary>
    public string Path { get; }

    /// <summary>Names of those that it takes.</summary>
    public IReadOnlyList<string> Parameters { get; }

    /// <summary>Whether builds can be started.</summary>
    public bool IsEnabled { get; set; } = true;

    /// <summary>Whether it is a folder: nothing that can be built.</summary>
    public bool IsFolder { get; set; }

    /// <summary>What it checks out and says so, whatever the parameters are; null: it says nothing.</summary>
    public string? Head { get; set; }

    /// <summary>How its builds end.</summary>
    public string Result { get; set; } = "SUCCESS";

    /// <summary>What its builds print, one piece with each look at them.</summary>
    public IReadOnlyList<string> Prints { get; set; } = ["Started\n", "Tests pass\n", "Finished\n"];

    /// <summary>Whether its builds end once they have printed everything; else when they are told to.</summary>
    public bool Ends { get; set; } = true;

    /// <summary>What its builds really do: they print and end when it says so. null: as the above say.</summary>
    public Func<JenkinsStandInBuild, Task>? Work { get; set; }

    /// <summary>Looks at the log after the end of a build before it has the last piece.</summary>
    public int LogLag { get; set; }

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<JenkinsStandInBuild> Builds
    {
        get
        {
            lock (_gate)
            {
                return [.. _builds];
            }
        }
    }

    /// <summary>Begins a build as somebody else than Canary would.</summary>
    public JenkinsStandInBuild Begin(string commit) =>
        Add(
            new JenkinsStandInBuild(this, _builds.Count + 1, item: 1, new Dictionary<string, string>())
            {
                Commit = commit,
                StartedBy = "github",
            }
        );

    /// <summary>Forgets a build, as somebody does who deletes it.</summary>
    public void Delete(JenkinsStandInBuild build)
    {
        lock (_gate)
        {
            _builds.Remove(build);
        }
    }

    internal JenkinsStandInBuild Begin(JenkinsStandInItem item) =>
        Add(
            new JenkinsStandInBuild(this, _builds.Count + 1, item.Id, item.Parameters)
            {
                Commit = Head,
                StartedBy = JenkinsServer.User,
            }
        );

    internal JsonObject ToJson() =>
        IsFolder
            ? new JsonObject { ["jobs"] = new JsonArray() }
            : new JsonObject
            {
                ["buildable"] = IsEnabled,
                ["property"] = new JsonArray(
                    new JsonObject(),
                    new JsonObject
                    {
                        ["parameterDefinitions"] = new JsonArray([
                            .. Parameters.Select(name => (JsonNode)new JsonObject { ["name"] = name }),
                        ]),
                    }
                ),
                ["builds"] = new JsonArray([
                    .. _builds.AsEnumerable().Reverse().Select(build => (JsonNode)build.ToJson()),
                ]),
            };

    private JenkinsStandInBuild Add(JenkinsStandInBuild build)
    {
        lock (_gate)
        {
            _builds.Add(build);
        }

        if (Work is { } work)
        {
            _ = Task.Run(() => work(build));
        }

        return build;
    }
}

internal sealed class JenkinsStandInItem(long id, JenkinsStandInJob job, IReadOnlyDictionary<string, string> parameters)
{
    public long Id => id;

    public JenkinsStandInJob Job => job;

    public IReadOnlyDictionary<string, string> Parameters => parameters;

    public bool IsCancelled { get; set; }

    public JenkinsStandInBuild? Build { get; set; }

    public bool Waits => Build is null && !IsCancelled;
}

/// <summary>A build of the stand-in for Jenkins.</summary>
public sealed class JenkinsStandInBuild
{
    private readonly JenkinsStandInJob _job;
    private readonly long _item;
    private readonly StringBuilder _log = new();
    private int _printed;
    private int _lag;

    internal JenkinsStandInBuild(
        JenkinsStandInJob job,
        int number,
        long item,
        IReadOnlyDictionary<string, string> parameters
    )
    {
        _job = job;
        _item = item;
        _lag = job.LogLag;
        Number = number;
        Parameters = parameters;
    }

    public int Number { get; }

    public IReadOnlyDictionary<string, string> Parameters { get; }

    /// <summary>What it says to have checked out.</summary>
    public string? Commit { get; set; }

    public string StartedBy { get; set; } = "";

    /// <summary>null: it is at work.</summary>
    public string? Result { get; private set; }

    internal bool MayLogMore => Result is null || _lag > 0;

    public void End(string? result = null)
    {
        Result ??= result ?? _job.Result;
    }

    public void Print(string text)
    {
        lock (_log)
        {
            _log.Append(text);
        }
    }

    internal void GoOn()
    {
        if (Result is not null || _job.Work is not null)
        {
            return;
        }

        if (_printed < _job.Prints.Count - (_job.LogLag > 0 ? 1 : 0))
        {
            Print(_job.Prints[_printed++]);
        }
        else if (_job.Ends)
        {
            End();
        }
    }

    internal byte[] ReadLog()
    {
        if (Result is not null && _lag > 0 && --_lag == 0)
        {
            Print(_job.Prints[^1]);
        }

        lock (_log)
        {
            return Encoding.UTF8.GetBytes(_log.ToString());
        }
    }

    internal JsonObject ToJson() =>
        new()
        {
            ["number"] = Number,
            ["queueId"] = _item,
            ["building"] = Result is null,
            ["result"] = Result,
            ["duration"] = Result is null ? 0 : 1234,
            ["actions"] = new JsonArray(
                ToJson(Parameters),
                new JsonObject(),
                new JsonObject { ["causes"] = new JsonArray(new JsonObject { ["userId"] = StartedBy }) },
                // BuildData of the git plugin.
                Commit is null
                    ? null
                    : new JsonObject { ["lastBuiltRevision"] = new JsonObject { ["SHA1"] = Commit } }
            ),
        };

    internal static JsonObject ToJson(IReadOnlyDictionary<string, string> parameters) =>
        parameters.Count == 0
            ? []
            : new JsonObject
            {
                ["parameters"] = new JsonArray([
                    .. parameters.Select(it => (JsonNode)new JsonObject { ["name"] = it.Key, ["value"] = it.Value }),
                ]),
            };
}
