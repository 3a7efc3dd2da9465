#!/bin/bash
# What stands on the pages of docs/places is done as it stands there: units of systemd, and containers of podman.
# /files/places has a script for each page and user, made of its blocks by integration/places/pages.py.
. "$(dirname -- "$0")/lib.sh"
require_memguard
export PATH=$PATH:/files/bin
readonly scripts=/files/places project=/home/builder/project

# As the .deb has them.
install -D -m 644 /files/systemd/memguard-build.conf /usr/share/doc/memguard/examples/memguard-build.conf
sed 's,@CMAKE_INSTALL_FULL_BINDIR@,/usr/bin,' '/files/systemd/memguard@.service.in' >/etc/systemd/system/memguard@.service
install -m 644 /files/systemd/memguard.slice /etc/systemd/system/
install -m 755 /files/bin/memguard /files/bin/memguard-shim /usr/bin/
printf '[Service]\nExecStart=/usr/bin/memguard run -- true\nType=oneshot\n' >/etc/systemd/system/ci.service
systemctl daemon-reload

# A build with a job for each processor that -j8 asks for.
install -d -o builder "$project"
printf '#!/bin/sh\nsleep 60\n' >"$project/nightly"
cat >"$project/Makefile" <<'MAKE'
all: 1 2 3 4 5 6 7 8; @echo made
%:; @sleep 0.1
.PHONY: all 1 2 3 4 5 6 7 8
MAKE
cd "$project" || exit

# tools_image: a root file system with a few programs, and with what memguard is linked with in the guest. The programs
# of the real image memguard are static and need none of that.
tools_image() {
  local root=/var/tmp/root program
  mkdir -p "$root"/{bin,proc,sys,dev,etc,run,src,usr,tmp}
  for program in sh sleep make echo memguard; do
    program=$(type -P "$program")
    install -D "$program" "$root/bin/${program##*/}"
    ldd "$program"
  done | grep -o '/[^ ]*' | sort -u | while read -r program; do install -D "$program" "$root$program"; done
  rm "$root/bin/memguard"
  tar -C "$root" -c . | podman import --quiet - my-tools
}
# The guest has no overlayfs, and no network.
use_podman() {
  mkdir -p /etc/containers /var/tmp/memguard/usr/local/bin
  printf '[storage]\ndriver = "vfs"\nrunroot = "/run/containers/storage"\ngraphroot = "/var/lib/containers/storage"\n' \
    >/etc/containers/storage.conf
  printf '[containers]\nnetns = "none"\n' >/etc/containers/containers.conf
  tools_image
  cp /files/bin/memguard /files/bin/memguard-shim /var/tmp/memguard/usr/local/bin/
  tar -C /var/tmp/memguard -c usr | podman import --quiet - memguard
}

# do_page NAME COMMAND...: the script runs to its end, and did as many blocks as it has.
do_page() {
  local name=$1 status=0 blocks
  shift
  "$@" sh "$scripts/$name.sh" </dev/null >"/out/$name" 2>&1 || status=$?
  blocks=$(grep -c "^echo 'ran " "$scripts/$name.sh")
  check "$name: all of $blocks blocks work" equal "0 $blocks" "$status $(grep -c '^ran ' "/out/$name")"
  [ "$status" -eq 0 ] || sed 's/^/# /' "/out/$name" | tail -n 30
}

do_page systemd
check 'systemd: make was run as builder' grep -q '^made$' /out/systemd
shows_status() { systemctl status --no-pager memguard@nightly | grep -q 'Status: "'; }
check 'systemd: STATUS is shown' eventually 60 shows_status
systemctl stop memguard@nightly
do_page systemd-user "${as_builder[@]}"
check 'systemd, user: make was run' grep -q '^made$' /out/systemd-user
check_clean
use_podman
do_page podman-docker
check 'podman: make was run in both tiers' equal 2 "$(grep -c '^made$' /out/podman-docker)"
check 'podman: the stopped build has ended by TERM' grep -qx 143 /out/podman-docker
podman save --quiet my-build | "${as_builder[@]}" podman load --quiet
do_page podman-docker-user "${as_builder[@]}"
check_clean
finish
