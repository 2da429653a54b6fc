namespace Canary.Testing.GitHub;

/// <summary>What can go wrong with a request to the stand-in.</summary>
public enum GitHubFaultKind
{
    /// <summary>401: what was presented holds no more.</summary>
    Unauthorized,

    /// <summary>403, and no request is left in this hour.</summary>
    PrimaryLimit,

    /// <summary>403 with <c>Retry-After</c>.</summary>
    SecondaryLimit,

    /// <summary>429 with <c>Retry-After</c>.</summary>
    TooManyRequests,

    /// <summary>500, and nothing is done.</summary>
    ServerError,

    /// <summary>502 as a page, which is what load balancers say.</summary>
    BadGateway,

    /// <summary>There is no answer, and nothing is done.</summary>
    Hang,

    /// <summary>There is no answer, and it is done once nobody waits for it any more.</summary>
    DoneAfterHang,

    /// <summary>It is done, and the connection ends without an answer.</summary>
    DoneAndAnswerLost,

    /// <summary>It is done, and the answer is 500.</summary>
    DoneAndServerError,

    /// <summary>It is done twice, as if the request had been sent twice on its way.</summary>
    DoneTwice,

    /// <summary>It is done, and half of the answer comes, which looks like all of it.</summary>
    Truncated,

    /// <summary>It is done, and half of the answer comes before the connection ends.</summary>
    BrokenOff,

    /// <summary>It is done, and half of the answer comes; the rest does not.</summary>
    HangsWithinAnswer,

    /// <summary>The answer is another server's address.</summary>
    Elsewhere,
}
