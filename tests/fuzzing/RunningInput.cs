using System.IO.MemoryMappedFiles;

namespace Canary.Fuzzing.Tests;

/// <summary>The input that is being read, in a file of its own: it is still there when the process is not, as after an overflow of
/// the stack.</summary>
internal sealed class RunningInput : IDisposable
{
    private const int Largest = 128 << 20;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    public RunningInput(string target)
    {
        var path = SourceTree.PathOf("artifacts", "fuzz", $"{target}.running");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.OpenOrCreate, mapName: null, Largest + sizeof(int));
        _view = _file.CreateViewAccessor();
    }

    /// <summary>What a process that died was reading; <c>null</c>: nothing.</summary>
    public byte[]? Left()
    {
        var length = _view.ReadInt32(0);
        if (length == 0)
        {
            return null;
        }

        var input = new byte[length];
        _view.ReadArray(sizeof(int), input, 0, length);
        return input;
    }

    public void Begin(byte[] input)
    {
        _view.WriteArray(sizeof(int), input, 0, input.Length);
        _view.Write(0, input.Length);
    }

    public void End() => _view.Write(0, 0);

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
