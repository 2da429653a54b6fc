namespace Canary.Machines.Ssh;

/// <summary>
/// Makes room in the thread pool for work that blocks its thread: SSH.NET waits for each answer of a login that way, and a connection that is
/// passed on blocks one as long as it lasts. Without it the pool adds a thread or two a second, and everything in the process waits.
/// </summary>
internal static class SshThreads
{
    private static readonly Lock Guard = new();

    public static void Reserve(int count)
    {
        lock (Guard)
        {
            ThreadPool.GetMinThreads(out var workers, out var ports);
            ThreadPool.SetMinThreads(workers + count, ports);
        }
    }

    public static void Release(int count) => Reserve(-count);
}
