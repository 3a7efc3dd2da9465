#!/usr/bin/env bash
# Measures the release build of this workspace: peak of each rustc and of each link, then wall time and the peak of
# anonymous memory of the whole build for each -j. Needs GNU time (Debian: apt-get install time).
#
#   ./measure.sh [JOBS...]        default: 1 2 4 8
#
# The first build is made with -j1 and wrappers that call time; the others are plain. Checks what the binaries print.
set -euo pipefail
cd "$(dirname "$0")"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CARGO_TARGET_DIR=$work/target

write_wrappers() {
  cat >"$work/rustc" <<'EOF'
#!/bin/sh
crate=$(echo "$*" | sed -n 's/.*--crate-name \([^ ]*\).*/\1/p')
exec /usr/bin/time -a -o "$MEASURE_LOG" -f "%M %e rustc $crate" "$@"
EOF
  # A program of its own between rustc and cc: the peak of a process counts what it was before exec.
  cat >"$work/cc" <<'EOF'
#!/bin/sh
output=$(echo "$*" | sed -n 's/.* -o [^ ]*\/\([^ ]*\)-[0-9a-f]* .*/\1/p')
/usr/bin/time -a -o "$MEASURE_LOG" -f "%M %e link $output" cc "$@"
EOF
  chmod +x "$work/rustc" "$work/cc"
}

measure_jobs() {
  local host
  host=$(rustc -vV | sed -n 's/^host: //p' | tr 'a-z-' 'A-Z_')
  export MEASURE_LOG=$work/log
  write_wrappers
  env RUSTC_WRAPPER="$work/rustc" "CARGO_TARGET_${host}_LINKER=$work/cc" \
    cargo build --release --offline --quiet --jobs 1
  printf '%8s %9s  %s\n' "peak MB" "seconds" "job"
  awk '/heavy/ { printf "%8.0f %9.2f  %s %s\n", $1 * 1.024e-3, $2, $3, $4 }' "$MEASURE_LOG" | sort -k3,3r -k1,1n
}

# Anonymous memory of all processes of one session, in KiB.
session_anon() {
  local pids files
  pids=$(ps -s "$1" -o pid= || true)
  files=$(for pid in $pids; do echo "/proc/$pid/status"; done)
  # shellcheck disable=SC2086  # one word for each file
  { cat $files 2>/dev/null || true; } | awk '/^RssAnon/ { sum += $2 } END { print sum + 0 }'
}

measure_build() {
  local jobs=$1 anon peak=0 session
  rm -rf "$CARGO_TARGET_DIR"
  setsid /usr/bin/time -o "$work/time" -f "%e %U %S" cargo build --release --offline --quiet --jobs "$jobs" &
  session=$!
  while kill -0 "$session" 2>/dev/null; do
    anon=$(session_anon "$session")
    if ((anon > peak)); then peak=$anon; fi
    sleep 0.05
  done
  wait "$session"
  awk -v jobs="$jobs" -v peak="$peak" \
    '{ printf "%8.0f %9.1f  build -j%d, %.1f s of processor time\n", peak * 1.024e-3, $1, jobs, $2 + $3 }' "$work/time"
}

check_output() {
  local binary
  for binary in catalogue digest index ledger; do "$CARGO_TARGET_DIR/release/heavy-$binary"; done |
    diff expected.txt - && echo "output as expected"
}

rustc --version
measure_jobs
if (($# == 0)); then set -- 1 2 4 8; fi
for jobs in "$@"; do measure_build "$jobs"; done
check_output
