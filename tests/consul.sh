#!/usr/bin/env bash
# Prints the path of a Consul program for tests: the one of Debian 11's archive, the last Debian that has it, fetched by apt
# with its signature checked and unpacked below artifacts/. Nothing is installed. Runs of this script wait for each other.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
place=$PWD/artifacts/consul
program=$place/usr/bin/consul
mkdir -p "$place"

exec 9>"$place/lock"
flock 9
[[ -x $program ]] || {
  work=$(mktemp -d "$place/fetch.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$work"/{lists,cache}/partial
  touch "$work/status"
  options=(-qq -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$work/lists"
    -o "Dir::State::Status=$work/status" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User= -o Acquire::Languages=none
    # Where it has moved to the archive, its lists are out of date for ever.
    -o Acquire::Check-Valid-Until=false -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false)
  for mirror in http://deb.debian.org/debian http://archive.debian.org/debian; do
    echo "deb [signed-by=$keyring] $mirror bullseye main" >"$work/sources.list"
    if apt-get "${options[@]}" update >&2 9>&- && (cd "$work" && apt-get "${options[@]}" download consul >&2 9>&-); then
      break
    fi
  done
  dpkg -x "$work"/consul_*.deb "$work/unpacked"
  mkdir -p "$place/usr/bin"
  mv "$work/unpacked/usr/bin/consul" "$program"
}
echo "$program"
