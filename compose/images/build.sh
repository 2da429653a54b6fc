#!/usr/bin/env bash
# Publishes each service into artifacts/images/SERVICE and builds canary/SERVICE of it; builds the demonstration host.
# `./build.sh images` calls it once the images of others are here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

services=(ingress ci-coordinator packager repository-publisher deployer)
# What a service runs besides itself.
declare -A packages=(
  [ci-coordinator]='git openssh-client'
  # Not dpkg-dev: the image is not of the hosts' release, and what its libraries are called is not so there.
  [packager]='git openssh-client liblzma5'
)

for service in "${services[@]}"; do
  context=artifacts/images/$service
  rm -rf "$context"
  dotnet publish "services/$service/program" --nologo --verbosity quiet -clp:NoSummary -c Release -o "$context/service"
  # What ./build.sh dist has compiled ahead of time starts sooner and holds less memory.
  for library in "$context"/service/*.dll; do
    compiled=artifacts/dist/${library##*/}
    [[ ! -f $compiled ]] || cp "$compiled" "$library"
  done
  cp compose/images/health "$context/health"
  docker build --quiet --file compose/images/service.Dockerfile --tag "canary/$service" \
    --build-arg "SERVICE=canary-$service" --build-arg "PACKAGES=${packages[$service]:-}" "$context" >/dev/null
  echo "canary/$service"
done

context=artifacts/images/demo-host
rm -rf "$context"
mkdir -p "$context"
cp hosts/* compose/images/host-entrypoint.sh compose/images/build-host-entrypoint.sh "$context"
docker build --quiet --file compose/images/host.Dockerfile --tag canary/demo-host "$context" >/dev/null
echo canary/demo-host
