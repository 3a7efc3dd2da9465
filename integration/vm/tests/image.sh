#!/bin/bash
# The image of packaging/container, and an image that builds, made from it by the lines that stand in its Containerfile.
# examples/heavy in the second: plain cargo loses to the container's limit, memguard does not.
. "$(dirname -- "$0")/lib.sh"
portable=$(find /files/image -name '*.tar.xz' -print -quit)
[ -n "$portable" ] || {
  echo 'skip image: no portable programs: ./dev package portable makes them'
  finish
}
command -v cargo >/dev/null || {
  echo 'skip image: no cargo in the guest'
  finish
}
use_podman
name=$(basename -- "$portable" .tar.xz)
check 'the image of memguard is made' \
  podman build -f /files/image/Containerfile --build-arg "NAME=$name" -t memguard /files/image
check 'it runs without anything else' podman run --rm memguard --version

# The second has the guest's own compilers, mounted: all it needs of its own are the links that lead to them.
mkdir -p /var/tmp/builds /var/tmp/build
for link in bin sbin lib lib64; do ln -s "usr/$link" "/var/tmp/builds/$link"; done
cat >/var/tmp/builds/Containerfile <<'END'
FROM scratch
ADD links.tar /
COPY --from=memguard /usr/local /usr/local
ENTRYPOINT ["/usr/local/bin/memguard"]
END
tar -C /var/tmp/builds -cf /var/tmp/builds/links.tar bin sbin lib lib64
check 'an image with it is made' podman build -t builds /var/tmp/builds

# in_image OPTIONS... -- ARGUMENTS...
in_image() {
  local options=() folder
  for folder in /usr/bin /usr/lib /usr/lib64 /usr/include /etc/alternatives /opt/rust /files; do
    options+=(--volume "$folder:$folder:ro")
  done
  while [ "$1" != -- ]; do options+=("$1") && shift; done
  shift
  podman run --rm --memory "$LIMIT" --memory-swap "$LIMIT" --env PATH=/usr/local/bin:/opt/rust/bin:/usr/bin:/bin \
    --tmpfs /tmp --volume /var/tmp/build:/build "${options[@]}" builds "$@"
}

warm_toolchain
cargo_command /build/plain
check 'plain cargo loses' loses /out/plain in_image --entrypoint "$(command -v env)" -- "${cargo[@]:1}"
cargo_command /build/guarded
status=0
in_image -- run --json /build/report.json -- "${cargo[@]}" >/out/guarded 2>&1 || status=$?
tail -n 3 /out/guarded
check 'the same build succeeds with it' equal 0 "$status"
check 'none is lost' equal 0 "$(jq .lost /var/tmp/build/report.json)"
check 'jobs were held back' jq -e '.held + .frozen + .evicted > 0' /var/tmp/build/report.json
check_clean
finish
