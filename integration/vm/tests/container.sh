#!/bin/bash
# examples/heavy in a container of podman whose limit plain cargo loses to: with read-only cgroups (tier signal), as
# containers have them, and with a writable one (tier full).
. "$(dirname -- "$0")/lib.sh"
require_memguard
command -v cargo >/dev/null || {
  echo 'skip container: no cargo in the guest'
  finish
}
# The guest's own programs, in a root of the container's; what is built lies outside of the container's memory.
readonly root=/var/tmp/container
mkdir -p "$root"/{usr,opt/rust,files,build,proc,sys,dev,etc,run,tmp} /var/tmp/build
for name in bin sbin lib lib64; do ln -s "usr/$name" "$root/$name"; done
# /usr/bin/cc leads there.
cp -a /etc/alternatives "$root/etc/"
use_podman

# in_container OPTIONS... -- COMMAND...
in_container() {
  local options=()
  while [ "$1" != -- ]; do
    options+=("$1")
    shift
  done
  shift
  podman run --rm --memory "$LIMIT" --memory-swap "$LIMIT" "${options[@]}" --env PATH=/usr/local/bin:/usr/bin:/bin \
    --volume /usr:/usr:ro --volume /opt/rust:/opt/rust:ro --volume /files:/files:ro --volume /var/tmp/build:/build \
    --rootfs "$root" "$@"
}

# build TIER OPTIONS...: guarded, in a container started with these.
build() {
  local tier=$1 report=/var/tmp/build/$1.json status=0
  shift
  cargo_command "/build/$tier"
  in_container "$@" -- "$MEMGUARD" run --json "/build/$tier.json" -- "${cargo[@]}" >"/out/$tier" 2>&1 || status=$?
  tail -n 3 "/out/$tier"
  check "$tier: the build succeeds" equal 0 "$status"
  check "$tier: it is the tier" equal "$tier" "$(jq -r .tier "$report")"
  check "$tier: none is lost" equal 0 "$(jq .lost "$report")"
  check "$tier: jobs were held back" jq -e '.held + .frozen + .evicted > 0' "$report"
}

warm_toolchain
cargo_command /build/plain
check 'plain cargo loses' loses /out/plain in_container -- "${cargo[@]}"
build signal
build full --security-opt unmask=/sys/fs/cgroup
check_clean
finish
