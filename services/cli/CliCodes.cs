namespace Canary.Cli;

/// <summary>The failures of services/cli, beside those that the server tells: codes for scripts, what they mean, and what to do.
/// docs/errors.md is made of them.</summary>
internal static class CliCodes
{
    /// <summary>A test alarm did not arrive in time.</summary>
    /// <remarks>See that its source sends alarms to <c>/webhooks/alarms/SOURCE</c> with its token: docs/alarms.md.</remarks>
    public const string AlarmNotArrived = "alarm-not-arrived";

    /// <summary>A test alarm arrived, and was not found to be about its application.</summary>
    /// <remarks>Correct <c>ingress.alarms.rules</c>, or give alarms the label <c>application</c>.</remarks>
    public const string AlarmOfAnother = "alarm-of-another";

    /// <summary>The server did not accept the request.</summary>
    /// <remarks>Check the command line: <c>--help</c>.</remarks>
    public const string BadRequest = "bad-request";

    /// <summary>A host is in no inventory, and nobody says whether it is a canary.</summary>
    /// <remarks>Add it to the inventory, or give <c>--channel</c>.</remarks>
    public const string ChannelMissing = "channel-missing";

    /// <summary>The files of the commit have several faults.</summary>
    /// <remarks>Correct all that are listed; <c>canary check</c> finds them before a commit.</remarks>
    public const string CommitHasFaults = "commit-has-faults";

    /// <summary>The repository has no such commit or branch.</summary>
    /// <remarks>Name one that it has.</remarks>
    public const string CommitMissing = "commit-missing";

    /// <summary>No installation with docker compose runs here.</summary>
    /// <remarks>Start it: <c>./build.sh up</c>.</remarks>
    public const string ComposeNotRunning = "compose-not-running";

    /// <summary>What cannot be undone was not confirmed.</summary>
    /// <remarks>Give the option that the message names.</remarks>
    public const string ConfirmationMissing = "confirmation-missing";

    /// <summary>That does not apply to the release as it is now.</summary>
    /// <remarks>See how far it is: <c>canary releases show ID</c>.</remarks>
    public const string Conflict = "conflict";

    /// <summary>A template asks Consul, and it does not answer.</summary>
    /// <remarks>See that its agent runs, and that the token in <c>CONSUL_HTTP_TOKEN</c> may read what the template asks for.</remarks>
    public const string ConsulUnavailable = "consul-unavailable";

    /// <summary>The file system of the data directory has no space left.</summary>
    /// <remarks>Free space there, or move the data directory to a larger file system.</remarks>
    public const string DataFull = "data-full";

    /// <summary>The data directory cannot be read.</summary>
    /// <remarks>Check its path, owner and mode.</remarks>
    public const string DataNotReadable = "data-not-readable";

    /// <summary>The data directory belongs to another user than the one who starts a server on it.</summary>
    /// <remarks>Start the service, as <c>systemctl start canary-server</c>, or the server as that user.</remarks>
    public const string DataOfAnotherUser = "data-of-another-user";

    /// <summary>The data directory cannot be written.</summary>
    /// <remarks>Check its path, owner and mode.</remarks>
    public const string DataNotWritable = "data-not-writable";

    /// <summary>The directory is in use for something else.</summary>
    /// <remarks>Name another one, or empty it.</remarks>
    public const string DirectoryNotEmpty = "directory-not-empty";

    /// <summary>The repository has not published a package file with these bytes.</summary>
    /// <remarks>It is of somebody else, or was changed: do not install it.</remarks>
    public const string FileNotPublished = "file-not-published";

    /// <summary>A file is there already, and would be another one afterwards.</summary>
    /// <remarks>Look at it, and give <c>--force</c> or another place.</remarks>
    public const string FileExists = "file-exists";

    /// <summary>A file cannot be written.</summary>
    /// <remarks>Name a place that you may write to.</remarks>
    public const string FileNotWritable = "file-not-writable";

    /// <summary>A file that was named cannot be read.</summary>
    /// <remarks>Check its name and its rights.</remarks>
    public const string FileUnreadable = "file-unreadable";

    /// <summary>git failed.</summary>
    /// <remarks>Look at what it printed.</remarks>
    public const string GitFailed = "git-failed";

    /// <summary>git is not installed.</summary>
    /// <remarks>Install it: <c>apt-get install git</c>.</remarks>
    public const string GitMissing = "git-missing";

    /// <summary>Packages of another repository cannot be taken over.</summary>
    /// <remarks>The table says which and why; correct that, or import the rest with <c>--skip-refused</c>.</remarks>
    public const string ImportRefused = "import-refused";

    /// <summary>It was interrupted; what the server does goes on.</summary>
    /// <remarks>Go on as the message says.</remarks>
    public const string Interrupted = "interrupted";

    /// <summary>This machine does not let the demo be kept apart from it.</summary>
    /// <remarks>Run it as root, or allow user namespaces as the message says.</remarks>
    public const string IsolationUnavailable = "isolation-unavailable";

    /// <summary>An inventory cannot be read as what it should be.</summary>
    /// <remarks>Correct the line that the message names.</remarks>
    public const string InventoryUnreadable = "inventory-unreadable";

    /// <summary>Several messages begin with what was given.</summary>
    /// <remarks>Give more of the id.</remarks>
    public const string MessageAmbiguous = "message-ambiguous";

    /// <summary>There is no such message.</summary>
    /// <remarks>See which there are: <c>canary messages list</c>.</remarks>
    public const string MessageUnknown = "message-unknown";

    /// <summary>The working directory is on no branch.</summary>
    /// <remarks>Name the branch.</remarks>
    public const string NoBranch = "no-branch";

    /// <summary>No server runs here, and none was named.</summary>
    /// <remarks>Start one: <c>canary server start</c>, or release something with <c>canary run</c>, which starts one; or name one:
    /// <c>--server URL</c>.</remarks>
    public const string NoServer = "no-server";

    /// <summary>The directory holds no installation with docker compose.</summary>
    /// <remarks>Run it in a checkout of Canary.</remarks>
    public const string NotAComposeInstallation = "not-a-compose-installation";

    /// <summary>The directory was not made by <c>canary demo</c>.</summary>
    /// <remarks>Name one that was.</remarks>
    public const string NotADemo = "not-a-demo";

    /// <summary>The directory is no git repository.</summary>
    /// <remarks>Run it in one, or name one.</remarks>
    public const string NotARepository = "not-a-repository";

    /// <summary>The server wants another token.</summary>
    /// <remarks>Give the operator token: <c>--token</c> or <c>CANARY_TOKEN</c>.</remarks>
    public const string NotAllowed = "not-allowed";

    /// <summary>The server knows no such thing.</summary>
    /// <remarks>See what there is: <c>canary releases list</c>.</remarks>
    public const string NotFound = "not-found";

    /// <summary>What listens there is not the server of this data directory.</summary>
    /// <remarks>See what it is; start with another address.</remarks>
    public const string NotOurServer = "not-our-server";

    /// <summary>The commit has a release already, so a run started nothing.</summary>
    /// <remarks>Follow that one, or release it again: <c>canary releases retry ID</c>.</remarks>
    public const string NothingStarted = "nothing-started";

    /// <summary>There is no host that could be set up.</summary>
    /// <remarks>Name machines, with <c>--channel</c> where the inventory does not have them.</remarks>
    public const string NothingToSetUp = "nothing-to-set-up";

    /// <summary>A file that tells what a repository is cannot be understood, or is too large.</summary>
    /// <remarks>Correct it, or say which recipe it is: <c>canary init --recipe NAME</c>.</remarks>
    public const string ProjectFileInvalid = "project-file-invalid";

    /// <summary>The server refused the push of the demo.</summary>
    /// <remarks>Look at the message.</remarks>
    public const string PushRefused = "push-refused";

    /// <summary>There is no recipe of that name.</summary>
    /// <remarks>See which there are: <c>canary init --list</c>.</remarks>
    public const string RecipeUnknown = "recipe-unknown";

    /// <summary>The directory of the repository is not there.</summary>
    /// <remarks>Check its path.</remarks>
    public const string RepositoryMissing = "repository-missing";

    /// <summary>A repository on this machine belongs to another user than the one who would read it.</summary>
    /// <remarks>If you trust it, name it as <c>safe.directory</c> in that user's git configuration.</remarks>
    public const string RepositoryOfOthers = "repository-of-others";

    /// <summary>A package repository cannot be read, or what it has is not what it has signed.</summary>
    /// <remarks>Check the address, and that the repository publisher runs.</remarks>
    public const string RepositoryUnreadable = "repository-unreadable";

    /// <summary>The address of the server is none.</summary>
    /// <remarks>Give it as <c>http://HOST:PORT</c>.</remarks>
    public const string ServerAddress = "server-address";

    /// <summary>The server still runs after it was told to stop.</summary>
    /// <remarks>Look at its log.</remarks>
    public const string ServerDoesNotStop = "server-does-not-stop";

    /// <summary>The server ended the request with an error.</summary>
    /// <remarks>Look at its log: <c>canary server status</c> tells where it is.</remarks>
    public const string ServerFailed = "server-failed";

    /// <summary><c>canary-server</c> is not beside <c>canary</c>.</summary>
    /// <remarks>Install both.</remarks>
    public const string ServerProgramMissing = "server-program-missing";

    /// <summary>The server ended while it started.</summary>
    /// <remarks>Look at what it printed.</remarks>
    public const string ServerStartFailed = "server-start-failed";

    /// <summary>The server does not answer.</summary>
    /// <remarks>See that it runs, and check its address.</remarks>
    public const string ServerUnreachable = "server-unreachable";

    /// <summary>A suite is not signed by a key of the keyring.</summary>
    /// <remarks>Compare <c>canary repo keys list</c> with <c>gpg --show-keys FILE</c>.</remarks>
    public const string SignatureBad = "signature-bad";

    /// <summary>A suite that is signed is not valid any more.</summary>
    /// <remarks>Look at this machine's clock, and at what <c>canary doctor</c> says of the repository.</remarks>
    public const string SuiteLapsed = "suite-lapsed";

    /// <summary>A template cannot be rendered.</summary>
    /// <remarks>Correct it as the message says; docs/templates.md says what it can name.</remarks>
    public const string TemplateInvalid = "template-invalid";

    /// <summary>It took longer than was allowed; what the server does goes on.</summary>
    /// <remarks>Follow it: <c>canary releases watch ID</c>.</remarks>
    public const string TimedOut = "timed-out";

    /// <summary>A program that is needed is not installed.</summary>
    /// <remarks>Install the package that the message names.</remarks>
    public const string ToolMissing = "tool-missing";

    /// <summary>What answered is no Canary server, or one of another version.</summary>
    /// <remarks>Check the address; update one of the two.</remarks>
    public const string UnexpectedAnswer = "unexpected-answer";

    /// <summary>The command line has an error.</summary>
    /// <remarks>See <c>--help</c>.</remarks>
    public const string Usage = "usage";

    /// <summary>A package repository has a version with two different contents.</summary>
    /// <remarks>Import the suite that is right: <c>canary repo import DIR --suite THEIRS=OURS</c>.</remarks>
    public const string VersionTwice = "version-twice";

    /// <summary>A file would be written through a symbolic link, or in the place of something that is no file.</summary>
    /// <remarks>Remove what is there, or give the directory itself.</remarks>
    public const string WriteRefused = "write-refused";
}
