#!/usr/bin/env bash
# Unpacks what Debian has of a program: its source, without what Debian has added as a folder, or what its package installs. Fetched by
# apt from the archive of any version of Debian, with its signature checked; lists and files are kept below artifacts/. Runs of this
# script wait for each other.
# Usage: debian.sh SUITE source|binary PACKAGE DIRECTORY, for example: debian.sh trixie source tinyproxy /tmp/tinyproxy
set -euo pipefail

suite=$1 kind=$2 package=$3 target=$4
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
place=$PWD/artifacts/recipes/debian/$suite
mkdir -p "$place"/{lists,cache,sources}/partial "$place/$kind/$package" "$target"

exec 9>"$place/lock"
flock 9
options=(-qq -o "Dir::Etc::SourceList=$place/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$place/lists"
  -o "Dir::State::Status=$place/status" -o "Dir::Cache=$place/cache" -o APT::Sandbox::User= -o Acquire::Languages=none
  -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false)
[[ -f $place/fetched ]] || {
  touch "$place/status"
  for type in deb deb-src; do
    echo "$type [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $suite main"
  done >"$place/sources.list"
  apt-get "${options[@]}" update >&2 9>&-
  touch "$place/fetched"
}

cd "$place/$kind/$package"
if [[ $kind == source ]]; then
  [[ -n $(find . -name '*.dsc') ]] || apt-get "${options[@]}" --download-only --only-source source "$package" >&2 9>&-
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  dpkg-source --no-check --extract ./*.dsc "$work/source" >&2
  rm -rf "$work"/source/{debian,.pc}
  cp -a "$work/source/." "$target"
else
  [[ -n $(find . -name '*.deb') ]] || apt-get "${options[@]}" download "$package" >&2 9>&-
  dpkg-deb --extract ./*.deb "$target"
fi
