namespace Canary.Testing;

/// <summary>Makes one committed message vanish from a service's outbox, before any bus gets it.</summary>
public static class LostMessages
{
    /// <summary>What counts the messages of that kind.</summary>
    public const string Count = "SELECT Number AS Value FROM Seen";

    /// <summary>SQL that arms an SQLite store, once.</summary>
    /// <param name="message">Full name of the message's type.</param>
    /// <param name="nth">Which of them is lost, from 1.</param>
    public static string Trap(string message, int nth) =>
        $"""
            CREATE TABLE Seen AS SELECT 0 AS Number;
            CREATE TRIGGER Loss AFTER INSERT ON Outbox WHEN NEW.MessageType LIKE '{message},%' BEGIN
              UPDATE Seen SET Number = Number + 1;
              DELETE FROM Outbox WHERE Sequence = NEW.Sequence AND (SELECT Number FROM Seen) = {nth};
            END;
            """;
}
