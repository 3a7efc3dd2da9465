# shellcheck shell=bash
# What the guest-side tests share. Sourced as root in the guest.
#
# A test prints one line a check, which the driver counts: "ok NAME", "not ok NAME: WHY" or "skip NAME: WHY"; lines that
# begin with "#" are figures for the reader. Everything else is output of the programs under test.

# The workspace, what of it is built, and a limit below what -j4 needs and above what any one job does. Anonymous memory
# with rustc 1.95, sampled: these packages take 421 MiB at -j4 (on a host) and 199 at -j1 (kernel 6.1 in the guest); the
# whole workspace 685 and 250 (examples/heavy/README.md).
HEAVY=${HEAVY:-/files/heavy}
HEAVY_PACKAGES=${HEAVY_PACKAGES-heavy-texts heavy-tables heavy-maps heavy-sorts heavy-digest}
LIMIT=${LIMIT:-320M}
JOBS=${JOBS:-4}
MEMGUARD=${MEMGUARD:-/files/bin/memguard}

failed=0

pass() { echo "ok $1"; }
fail() {
  echo "not ok $1: $2"
  failed=1
}
note() { echo "# $*"; }
# Ends the test; its status tells the driver no more than the lines did.
finish() { exit "$failed"; }

# check NAME COMMAND...: one line; the reason for a failure is what the command says.
check() {
  local name=$1 said
  shift
  if said=$("$@" 2>&1); then
    pass "$name"
  else
    fail "$name" "$(tail -n 5 <<<"$said" | paste -sd ';')"
  fi
}

# equal WANTED GOT
equal() {
  [ "$1" = "$2" ] || {
    echo "wanted $1, got $2"
    return 1
  }
}

# eventually SECONDS COMMAND...: waits until the command succeeds; it is not asked oftener than it can change.
eventually() {
  local until=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$until" ] || {
      "$@"
      return
    }
    sleep 0.2
  done
}

# loses FILE COMMAND...: a build, whose output goes into FILE, fails because the kernel kills for want of memory.
loses() {
  local status=0 said=$1
  shift
  "$@" >"$said" 2>&1 || status=$?
  [ "$status" -eq 137 ] || { [ "$status" -ne 0 ] && grep -q 'signal: 9, SIGKILL' "$said"; } || {
    echo "status $status: $(tail -n 3 "$said" | paste -sd ';')"
    return 1
  }
}

bytes() { numfmt --from=iec -- "$1"; }

# The toolchain's libraries into the page cache, charged to nobody under test: a build that is the first to touch
# 300 MiB of them has to hold them within its limit, and what it can do then depends on who ran before.
warm_toolchain() {
  find -L /opt/rust/bin /opt/rust/lib -type f -exec cat {} + >/dev/null
}

# cargo_command TARGET-FOLDER: the build, in the array `cargo`.
cargo_command() {
  local package
  cargo=(env "CARGO_TARGET_DIR=$1" "CARGO_HOME=$1/home" cargo build --release --offline "-j$JOBS"
    --manifest-path "$HEAVY/Cargo.toml")
  for package in $HEAVY_PACKAGES; do
    cargo+=(-p "$package")
  done
}

# In the array `as_builder`: what to put before a command that builder starts as if logged in.
# shellcheck disable=SC2034  # for the tests
# The tests run in a service, which a build must not leave: a login session it may.
sessions=0
in_session() { # UID COMMAND...
  local uid=$1
  shift
  sessions=$((sessions + 1))
  systemd-run --quiet --scope --slice="user-$uid.slice" --unit="session-vm$$-$sessions-$RANDOM.scope" -- "$@"
}
as_builder=(in_session 1000 runuser -u builder -- env -i HOME=/home/builder USER=builder PATH=/usr/local/bin:/usr/bin:/bin
  XDG_RUNTIME_DIR=/run/user/1000 DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus)

# use_podman: its settings for a guest without a network, whose disk knows no overlays.
use_podman() {
  mkdir -p /etc/containers
  printf '[storage]\ndriver = "vfs"\nrunroot = "/run/containers/storage"\ngraphroot = "/var/lib/containers/storage"\n' \
    >/etc/containers/storage.conf
  printf '[containers]\nnetns = "none"\n' >/etc/containers/containers.conf
}

require_memguard() {
  [ -x "$MEMGUARD" ] || {
    echo "skip memguard: no $MEMGUARD in the guest"
    finish
  }
}

# watch_place FILE: writes into FILE the first cgroup of a memguard run that appears. In the background; ends with the
# file /run/over.
watch_place() {
  local found=
  until [ -n "$found" ] || [ -e /run/over ]; do
    found=$(find /sys/fs/cgroup -type d -path '*/memguard-*/build' -print -quit 2>/dev/null)
    sleep 0.2
  done
  echo "$found" >"$1"
}

# guarded COMMAND...: runs it, keeping its status in `status`, its standard error in /out/stderr (and showing it), and
# the cgroup it built in, in `place`.
guarded() {
  local watcher started=$SECONDS
  rm -f /run/over
  watch_place /run/place &
  watcher=$!
  "$@" 2>/out/stderr
  status=$?
  touch /run/over
  wait "$watcher"
  place=$(cat /run/place)
  cat /out/stderr
  note "status $status after $((SECONDS - started)) s, in ${place:-no cgroup that was seen}"
}

# check_run PLACE-PATTERN: that the guarded build went well, and where it should.
check_run() {
  check 'exit status 0' equal 0 "$status"
  # shellcheck disable=SC2254  # a pattern is wanted
  case $place in
    $1) pass 'built in its own cgroup, where it should' ;;
    *) fail 'built in its own cgroup, where it should' "wanted $1, got ${place:-none}" ;;
  esac
}

# check_report FILE LOWEST-LIMIT HIGHEST-LIMIT: what --json says of a build that had to be held back.
check_report() {
  local filter
  if ! jq -e . "$1" >/dev/null; then
    fail 'json report' "$1 is no JSON"
    return
  fi
  note "$(jq -c 'del(.job)' "$1")"
  for filter in '.version == 1' '.exit_status == 0' '.tier == "full"' '.oom_kills <= .restarted' '.lost == 0' \
    ".limit_bytes >= $2 and .limit_bytes <= $3" '.held + .frozen + .evicted > 0' '.peak_bytes <= .limit_bytes' \
    '[.job[] | select(.class == "rustc")] | length > 0'; do
    check "json: $filter" jq -e "$filter" "$1"
  done
}

none_left() {
  local found
  found=$("$@")
  [ -z "$found" ] || {
    echo "$found"
    return 1
  }
}

units_of_memguard() {
  systemctl list-units --all --no-legend --plain 'memguard-*.scope'
  "${as_builder[@]}" systemctl --user list-units --all --no-legend --plain 'memguard-*.scope'
}
cgroups_of_memguard() { find /sys/fs/cgroup -type d -name 'memguard-*' ! -name 'memguard-vm.service'; }
processes_of_builds() { ps -eo pid=,stat=,comm= | awk '$3 ~ /^(memguard|cargo|rustc|cc|ld|collect2)/'; }
frozen_cgroups() { find /sys/fs/cgroup -name cgroup.freeze -exec grep -l 1 {} +; }
stopped_processes() { ps -eo pid=,stat=,comm= | awk '$2 ~ /^[Tt]/'; }

# That memguard left nothing. systemd lets go of an empty scope a moment later: hence the patience.
check_clean() {
  local what
  for what in units_of_memguard cgroups_of_memguard processes_of_builds frozen_cgroups stopped_processes; do
    check "none left: ${what//_/ }" eventually 10 none_left "$what"
  done
}
