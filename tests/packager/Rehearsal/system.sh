#!/usr/bin/env bash
# Prints the directory of a Debian system that packages are rehearsed in. It is made below artifacts/ by hosts/prepare-rehearsal.sh, which takes root and
# the Debian archive, and kept until one of the two scripts changes. Runs of it wait for each other.
set -euo pipefail

suite=bookworm
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
place=$PWD/artifacts/rehearsal
system=$place/$suite-$(cat tests/packager/Rehearsal/system.sh hosts/prepare-rehearsal.sh | sha256sum | cut -c1-12)
mkdir -p "$place"

exec 9>"$place/lock"
flock 9
[[ -d $system ]] || {
  rm -rf "$place/$suite"-*
  # No child keeps the lock.
  hosts/prepare-rehearsal.sh --suite "$suite" "$system" >"$place/log" 2>&1 9>&- || {
    tail -n 20 "$place/log" >&2
    exit 1
  }
}
echo "$system"
