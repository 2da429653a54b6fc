#!/usr/bin/env bash
# Unpacks the source of a program in Debian, without the folder that Debian adds, and prints its version. Fetched by apt from the archive
# of any version of Debian, with its signature checked; lists and files are kept below artifacts/. Runs of this script wait for each
# other.
# Usage: debian-source.sh SUITE SOURCE DIRECTORY, for example: debian-source.sh trixie tinyproxy /tmp/tinyproxy
set -euo pipefail

suite=$1 source=$2 target=$3
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
place=$PWD/artifacts/recipes/debian/$suite
mkdir -p "$place"/{lists,cache}/partial "$place/$source"

exec 9>"$place/lock"
flock 9
options=(-qq -o "Dir::Etc::SourceList=$place/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$place/lists"
  -o "Dir::State::Status=$place/status" -o "Dir::Cache=$place/cache" -o APT::Sandbox::User= -o Acquire::Languages=none)
[[ -f $place/fetched ]] || {
  touch "$place/status"
  echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $suite main" >"$place/sources.list"
  apt-get "${options[@]}" update >&2 9>&-
  touch "$place/fetched"
}

cd "$place/$source"
[[ -n $(find . -name '*.dsc') ]] || apt-get "${options[@]}" --download-only --only-source source "$source" >&2 9>&-
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# apt has checked the signature of the list that names these files, and their digests.
dpkg-source --no-check --extract ./*.dsc "$work/source" >&2
rm -rf "$work"/source/{debian,.pc}
mkdir -p "$target"
cp -a "$work/source/." "$target"

version=$(sed -n 's/^Version: //p' ./*.dsc | head -n 1)
version=${version#*:}
version=${version%-*}
echo "${version%%+d*}"
