namespace Canary.Durability.Storage;

/// <summary>
/// Marks a scheduled message as a deadline: "if nothing has happened by then, ask again". Deadlines are brought forward when
/// a host whose transport forgets (the in-memory one) starts, so that whatever was lost is asked for at once. Timers that
/// mean a real lapse of time, such as a soak, do not carry it.
/// </summary>
#pragma warning disable CA1040 // A marker is exactly what is meant.
public interface IDeadline : ISagaTimer;
#pragma warning restore CA1040
