#!/usr/bin/env bash
# Prints the directory of a Debian system that packages are rehearsed in. It is made below artifacts/ by hosts/prepare-rehearsal.sh, which takes root and
# the Debian archive, and kept until one of the two scripts changes. Runs of it wait for each other. A checkout that others than root may write
# to is no place for it: then it is made below /var/cache.
set -euo pipefail

suite=bookworm
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
place=$PWD/artifacts/rehearsal
on_the_way=$PWD/.
while [[ $on_the_way != / ]]; do
  on_the_way=$(dirname "$on_the_way")
  read -r owner mode < <(stat --format='%u %a' "$on_the_way")
  [[ $owner == 0 ]] && ((!(8#$mode & 8#22))) || place=/var/cache/canary-rehearsal-tests
done
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
