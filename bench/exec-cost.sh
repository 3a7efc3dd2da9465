#!/usr/bin/env bash
# What the gate adds to an exec: of a program that is no job, and of one that is. Differences within one run; guarded and
# not are interleaved, so that a machine that changes its speed changes both.
#
# For what is no job the whole life of the process counts, from spawn to wait. When posix_spawn(3) itself returns says
# little there: the parent may have to wait for the new program only because the scheduler runs that first.
# For a job it is that return which counts: how long its parent (cargo, make) was kept.
#
#   bench/exec-cost.sh [MEMGUARD]
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
memguard=${1:-$root/build/bench/memguard}
work=$(mktemp -d)
export XDG_STATE_HOME=$work/state
trap 'rm -rf "$work"' EXIT

cat >"$work/spawn.py" <<'PY'
# spawn.py PROGRAM COUNT PAUSE_MS spawn|life: median and 90th percentile, microseconds.
import os, sys, time
program, count, pause, what = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) / 1000, sys.argv[4]
times = []
for _ in range(count):
    begin = time.perf_counter()
    pid = os.posix_spawn(program, [program, "x.rs"], os.environ)
    spawned = time.perf_counter()
    os.waitpid(pid, 0)
    times.append(((spawned if what == "spawn" else time.perf_counter()) - begin) * 1e6)
    if pause:
        time.sleep(pause)
times.sort()
print(f"{times[len(times) // 2]:.0f} {times[len(times) * 9 // 10]:.0f}")
PY
cp /bin/true "$work/rustc"

measure() { # LABEL PROGRAM COUNT PAUSE_MS spawn|life
  local plain guarded round
  printf '%s\n' "$1"
  for round in 1 2 3; do
    plain=$(python3 "$work/spawn.py" "$2" "$3" "$4" "$5")
    guarded=$("$memguard" run --quiet -- python3 "$work/spawn.py" "$2" "$3" "$4" "$5")
    printf '  round %d: plain %5d us (p90 %5d), guarded %5d us (p90 %5d), added %4d us\n' "$round" \
      "${plain% *}" "${plain#* }" "${guarded% *}" "${guarded#* }" $((${guarded% *} - ${plain% *}))
  done
}

measure "no job: 2000 execs of /bin/true, one after the other; spawn to wait" /bin/true 2000 0 life
measure "a job name: 200 execs, 50 ms apart; until the parent goes on" "$work/rustc" 200 50 spawn
