namespace Canary.Ingress.Repositories;

/// <summary>Which repository somebody who is to be believed speaks of.</summary>
/// <param name="Id">Its id at GitHub.</param>
/// <param name="Name">What it is called now.</param>
internal sealed record RepositoryIdentity(long Id, string Name);
