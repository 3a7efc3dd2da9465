#!/usr/bin/env bash
# What memguard costs when memory is plentiful: examples/heavy built with and without it, in turn and each pair in the
# other order, and the ratio of the wall times of each pair. The supervisor's own time and memory come from --json.
#
#   bench/no-pressure.sh [MEMGUARD [PAIRS]]
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
memguard=${1:-$root/build/bench/memguard}
pairs=${2:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CARGO_TARGET_DIR=$work/target XDG_STATE_HOME=$work/state

build() { # COMMAND...: seconds of a release build from nothing
  rm -rf "$CARGO_TARGET_DIR"
  sync # or the build before this one is still being written, at this one's cost
  local begin=$EPOCHREALTIME
  "$@" cargo build --release --offline --quiet --manifest-path "$root/examples/heavy/Cargo.toml"
  echo "$EPOCHREALTIME $begin" | awk '{ printf "%.3f", $1 - $2 }'
}

build env >/dev/null # warm caches
guarded() { build "$memguard" run --quiet --json "$work/run.json" --; }
for ((pair = 1; pair <= pairs; pair++)); do
  if ((pair % 2)); then
    plain=$(build env) guarded=$(guarded)
  else
    guarded=$(guarded) plain=$(build env)
  fi
  python3 - "$work/run.json" "$plain" "$guarded" "$work/ratios" <<'PY'
import json, sys
run = json.load(open(sys.argv[1]))
plain, guarded = float(sys.argv[2]), float(sys.argv[3])
print(f"plain {plain:.2f} s, guarded {guarded:.2f} s, ratio {guarded / plain:.4f}; supervisor "
      f"{100 * run['supervisor_cpu_seconds'] / run['wall_seconds']:.2f} % of the run, "
      f"{run['supervisor_peak_bytes'] / 2**20:.1f} MiB; held {run['held']}, frozen {run['frozen']}")
print(guarded / plain, file=open(sys.argv[4], "a"))
PY
done
sort -n "$work/ratios" | awk '{ r[NR] = $1 } END { printf "median ratio of %d pairs: %.4f\n", NR, (r[int((NR + 1) / 2)] + r[int(NR / 2) + 1]) / 2 }'
