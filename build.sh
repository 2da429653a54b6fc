#!/usr/bin/env bash
# The one entry to the build, for people and CI alike. The work itself is in build.cake.
set -euo pipefail

caller=$PWD
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

usage() {
  cat <<'TXT'
Usage: ./build.sh TARGET [arguments]

  demo                 releases a sample application through a canary, then one that the canary catches
       --keep          leaves everything running to look around, and says how
       --stop DIR      stops and removes what --keep left; DIR as it was printed
       --fast          lets the canaries soak for 0.2 s only
       --compose       plays it on what `up` has started
  run -- ARGUMENTS     runs the `canary` command, for example: ./build.sh run -- releases list
  test                 builds everything and runs every test, as CI does
       --project NAME  only the test projects whose name contains NAME (repeatable), without the format gate
       --filter TEXT   only tests whose full name contains TEXT
  bench [--quick]      measures; prints a table, writes artifacts/bench/
  chaos [--seed N]...  breaks processes, broker, database and Consul under 200 releases, and audits what became of them
       [--minutes M]   how long things break; logs in artifacts/chaos/
       --embedded      kills one server for everything in each state of its releases instead
       --year          a year of deploys in simulated time instead, in minutes; [--seed N]... [--events N]
  fleet [--seed N]...  updates twelve machines with systemd behind two HAProxy ten times, as root, while both and Canary die; no request
       [--hosts N]     may fail; logs in artifacts/fleet/
  recipes [NAME]...    packages real programs as docs/recipes/ says, releases them to machines with systemd, as root, updates them, rolls them
                       back and purges them; NAME is a program, or a Debian: bookworm, trixie
  bootstrap            makes machines hosts by each way of `canary hosts bootstrap`, as root, with Ansible, Puppet and cloud-init themselves
  reproduce [VARIATION]...
                       packages one commit and the output of one build again and again under what reprotest varies: time, user, locale,
                       order of files, kernel and others; products in artifacts/reproduce/
  fuzz [TARGET]...     reads what nobody should send: webhooks, metadata, packages, inventories, answers of hosts
       [--minutes N]   how long each, 10 by default; what it finds is kept in tests/fuzzing/corpus/
  packages             makes Debian packages of Canary itself in artifacts/packages: server, services, command line, what hosts have
       --version V     their upstream version; that of the sources by default
       --repository DIR  takes them into a signed APT repository there as well, which is made where there is none
  packages-test        installs, upgrades and purges them in Debian 12 and 13 and what calls itself Ubuntu, as root; in minutes
  dist                 publishes `canary`, `canary-server` and the five services to artifacts/dist
  images               builds the images of the services, and stand-ins for others where no registry is reachable
  up                   starts the five services and a fleet with docker compose; see compose/README.md
  down                 takes all of that away
  pipeline             the pipeline that Canary re-creates, part by part, on an installation like that one of its own
  format               formats all code
  clean                removes everything that was built

Needs Debian or Ubuntu, git and the .NET SDK 10.0.1xx or newer. Works as root and as an ordinary user.
TXT
}

fail() {
  printf 'build.sh: %s\n' "$@" >&2
  exit 1
}

check_machine() {
  local home=${DOTNET_CLI_HOME:-${HOME:-}}
  if [[ -z $home || ! -d $home || ! -w $home ]]; then
    fail "cannot write to the home directory '$home', where .NET keeps tools and packages." \
      "Set HOME or DOTNET_CLI_HOME to a directory that $(id -un) may write to."
  fi

  command -v git >/dev/null || fail "git is not installed." "Install it: apt-get install git"
  command -v dotnet >/dev/null ||
    fail "the .NET SDK is not installed, or dotnet is not in PATH." \
      "Install the .NET SDK 10.0.1xx or newer: https://dotnet.microsoft.com/download"
  dotnet --version >/dev/null 2>&1 ||
    fail "no installed .NET SDK fits global.json (10.0.1xx or newer). Installed:" \
      "$(dotnet --list-sdks | sed 's/^/  /')"

  mkdir -p artifacts 2>/dev/null && [[ -w artifacts ]] ||
    fail "cannot write to $root/artifacts." "Build in a clone that belongs to $(id -un)."
}

# Before minutes of building, what the demo itself says first.
check_isolation() {
  local as_root=() reason
  [[ $EUID -eq 0 ]] || as_root=(--user --map-root-user)
  reason=$(LC_ALL=C unshare "${as_root[@]}" --mount --ipc --uts --pid --fork --mount-proc true 2>&1) && return
  reason=${reason##*$'\n'}
  [[ $reason != *"No space left on device"* ]] ||
    reason+=": no disk is full, but the limit user.max_user_namespaces is 0 or reached"
  fail "This machine does not let scripts and simulated hosts be kept apart from it ($reason)." \
    "Run it as root, or allow user namespaces: sysctl -w user.max_user_namespaces=10000 (on Debian kernel.unprivileged_userns_clone=1, on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0 as well)."
}

restore_tools() {
  local stamp=artifacts/.tools
  # The stamp belongs to a user: another one has package folders of their own.
  if [[ $(cat "$stamp" 2>/dev/null) != "$home_of_tools" || .config/dotnet-tools.json -nt $stamp ]]; then
    dotnet tool restore --verbosity quiet >&2
    printf '%s' "$home_of_tools" >"$stamp"
  fi
}

cake() {
  dotnet cake build.cake "--target=$1" --no-report "--verbosity=${2:-minimal}"
}

target=${1:---help}
[[ $# -gt 0 ]] && shift
[[ ${1:-} == -- ]] && shift

case $target in
  -h | --help | help) usage && exit 0 ;;
  demo | run | test | bench | chaos | fleet | recipes | bootstrap | reproduce | fuzz | dist | packages | packages-test | images | up | down | pipeline | format | clean) ;;
  *) usage >&2 && printf '\n' >&2 && fail "there is no target '$target'." ;;
esac
if [[ $target/${1:-} == chaos/--year ]]; then
  target=year
  shift
fi

cd "$root"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=1
export CAKE_SETTINGS_ENABLESCRIPTCACHE=true CAKE_PATHS_TOOLS=artifacts/cake CAKE_PATHS_CACHE=artifacts/cake
check_machine
[[ $target != demo || " $* " == *" --compose "* || " $* " == *" --stop"* || " $* " == *" --help "* ]] || check_isolation
home_of_tools=${NUGET_PACKAGES:-${DOTNET_CLI_HOME:-$HOME}}
restore_tools

case $target in
  demo | run)
    [[ -x artifacts/dist/canary ]] ||
      printf '%s\n' "build.sh: building Canary first, which takes one to three minutes; the next time it takes seconds." >&2
    # Replaces this shell, so that the program has the terminal, the signals and the exit code to itself.
    cake dist quiet >&2
    arguments=()
    [[ $target != demo ]] || arguments+=(demo)
    for argument in "$@"; do
      arguments+=("$argument")
      [[ $target/$argument != demo/--compose ]] || arguments+=("$root/compose")
    done
    cd "$caller"
    # What the program tells a person to type begins with what they typed.
    export CANARY_BUILD_SCRIPT=$0
    exec "$root/artifacts/dist/canary" "${arguments[@]}"
    ;;
  *)
    # Each argument is followed by a unit separator, so that build.cake gets them as they were typed.
    CANARY_BUILD_ARGUMENTS=$([[ $# -eq 0 ]] || printf '%s\x1f' "$@")
    export CANARY_BUILD_ARGUMENTS CANARY_BUILD_CALLER=$caller
    cake "$target"
    ;;
esac
