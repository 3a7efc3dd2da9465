#!/usr/bin/env bash
# What the gate adds to an exec: of a program that is no job, and of one that is. Ratios and differences within one run;
# the two are interleaved, so that a machine that changes its speed changes both.
#
#   bench/exec-cost.sh [MEMGUARD [VICTIMS]]
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
memguard=${1:-$root/build/release/memguard}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/spawn.py" <<'PY'
# spawn.py PROGRAM COUNT PAUSE_MS: median and 90th percentile of posix_spawn's own time, microseconds.
import os, sys, time
program, count, pause = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) / 1000
times = []
for _ in range(count):
    begin = time.perf_counter()
    pid = os.posix_spawn(program, [program, "x.rs"], os.environ)
    times.append((time.perf_counter() - begin) * 1e6)
    os.waitpid(pid, 0)
    if pause:
        time.sleep(pause)
times.sort()
print(f"{times[len(times) // 2]:.0f} {times[len(times) * 9 // 10]:.0f}")
PY
cp /bin/true "$work/rustc"

measure() { # LABEL PROGRAM COUNT PAUSE_MS
  local plain guarded round
  printf '%s\n' "$1"
  for round in 1 2 3; do
    plain=$(python3 "$work/spawn.py" "$2" "$3" "$4")
    guarded=$("$memguard" run --quiet -- python3 "$work/spawn.py" "$2" "$3" "$4")
    printf '  round %d: plain %5d us (p90 %5d), guarded %5d us (p90 %5d), added %4d us\n' "$round" \
      "${plain% *}" "${plain#* }" "${guarded% *}" "${guarded#* }" $((${guarded% *} - ${plain% *}))
  done
}

measure "no job: 2000 execs of /bin/true, one after the other" /bin/true 2000 0
measure "a job name: 200 execs, 50 ms apart" "$work/rustc" 200 50
