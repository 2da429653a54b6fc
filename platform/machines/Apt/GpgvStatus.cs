namespace Canary.Machines.Apt;

/// <summary>What gpgv says on its status channel (GnuPG, doc/DETAILS). The source is part of the command line too.</summary>
internal static class GpgvStatus
{
    private const string Prefix = "[GNUPG:] ";

    /// <summary>Fingerprints of the keys that count and have made a good signature. One of an unknown, expired or revoked key beside it
    /// changes nothing about that, so gpgv's exit code is none to go by.</summary>
    public static IReadOnlyList<string> SignersIn(string status)
    {
        var signers = new List<string>();
        var isGood = false;
        foreach (var line in status.Split('\n').Where(line => line.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            switch (line.TrimEnd()[Prefix.Length..].Split(' '))
            {
                case ["GOODSIG", ..]:
                    isGood = true;
                    break;
                // Said of signatures of expired and revoked keys as well.
                case ["VALIDSIG", var fingerprint, ..] when isGood:
                    signers.Add(fingerprint);
                    isGood = false;
                    break;
                case ["NEWSIG" or "EXPSIG" or "EXPKEYSIG" or "REVKEYSIG" or "BADSIG" or "ERRSIG", ..]:
                    isGood = false;
                    break;
            }
        }

        return signers;
    }
}
