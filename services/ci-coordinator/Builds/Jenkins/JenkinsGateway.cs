using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace Canary.CiCoordinator.Builds.Jenkins;

/// <summary>
/// Sends each try of a request to Jenkins with our credentials: an API token, which needs no crumb; or a password, and then what
/// changes something needs a crumb of the same session, whose cookie the handler below keeps (www.jenkins.io/doc/book/security/csrf-protection,
/// "Working with Scripted Clients").
/// </summary>
internal sealed class JenkinsGateway(IOptions<BuildOptions> options) : DelegatingHandler
{
    private readonly JenkinsOptions _options = options.Value.Jenkins;

    private volatile JenkinsCrumb? _crumb;

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        request.Headers.Authorization = await CredentialsAsync(cancellationToken);
        if (_options.PasswordFile is null || request.Method != HttpMethod.Post)
        {
            return await base.SendAsync(request, cancellationToken);
        }

        var known = _crumb;
        var crumb = known ?? await NewCrumbAsync(cancellationToken);
        var response = await SendAsync(request, crumb, cancellationToken);
        if (response.StatusCode != HttpStatusCode.Forbidden || known is null)
        {
            return response;
        }

        // The session may have ended; and a request without a valid crumb has done nothing.
        response.Dispose();
        return await SendAsync(request, await NewCrumbAsync(cancellationToken), cancellationToken);
    }

    private Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        JenkinsCrumb? crumb,
        CancellationToken cancellation
    )
    {
        if (crumb is not null)
        {
            request.Headers.Remove(crumb.CrumbRequestField);
            request.Headers.TryAddWithoutValidation(crumb.CrumbRequestField, crumb.Crumb);
        }

        return base.SendAsync(request, cancellation);
    }

    /// <returns><c>null</c>: this Jenkins wants none.</returns>
    private async Task<JenkinsCrumb?> NewCrumbAsync(CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            new Uri(_options.BaseAddress, "crumbIssuer/api/json")
        );
        request.Headers.Authorization = await CredentialsAsync(cancellation);
        using var response = await base.SendAsync(request, cancellation);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return _crumb = null;
        }

        if (!response.IsSuccessStatusCode)
        {
            throw JenkinsErrors.Refused(_options, response, "get a crumb");
        }

        try
        {
            return _crumb = await response.Content.ReadFromJsonAsync<JenkinsCrumb>(cancellation);
        }
        catch (JsonException exception)
        {
            throw JenkinsErrors.Unreadable(_options, exception);
        }
    }

    private async Task<AuthenticationHeaderValue> CredentialsAsync(CancellationToken cancellation)
    {
        var file = _options.SecretFile!;
        try
        {
            var secret = (await File.ReadAllTextAsync(file, cancellation)).Trim();
            return new AuthenticationHeaderValue(
                "Basic",
                Convert.ToBase64String(Encoding.UTF8.GetBytes($"{_options.User}:{secret}"))
            );
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw JenkinsErrors.NoSecret(file, exception);
        }
    }
}
