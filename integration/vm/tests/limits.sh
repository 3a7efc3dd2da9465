#!/bin/bash
# Limits that are not the build's own: memory.high of a group above, a limit above the cgroup namespace; memory that no
# process maps; and a limit that is a little too small. Root, in groups made by hand, on any kernel with the memory
# controller.
. "$(dirname -- "$0")/lib.sh"
require_memguard
hog=${HOG:-${MEMGUARD%/*}/hog}
[ -x "$hog" ] || { echo "skip limits: no hog beside memguard" && finish; }
work=$(mktemp -d "${WORK:-/home}/limits.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
# A compiler by its name, and one that has all its memory in a file of /dev/shm.
cp "$hog" cc1
mkdir tmpfs
cat >tmpfs/cc1 <<'COMPILER'
#!/usr/bin/env python3
import os, sys, time
path = f"/dev/shm/limits-{os.getpid()}"
with open(path, "wb", 0) as file:
    for _ in range(100):
        file.write(bytes([7]) * (1 << 20))
        time.sleep(0.02)
time.sleep(1)
os.unlink(path)
COMPILER
chmod +x tmpfs/cc1
# A compiler whose memory fits, but not beside the file that it reads again and again, as if that were its program. It
# ends when memguard has named it.
mkdir thrashing
cat >thrashing/cc1 <<'COMPILER'
#!/usr/bin/env python3
import mmap
with open("program", "wb") as file:
    file.write(bytes([7]) * (80 << 20))
memory = bytearray(b"7") * (75 << 20)
with open("program", "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as program:
    while "hardly got on" not in open("said").read():
        for at in range(0, len(program), mmap.PAGESIZE):
            program[at]
COMPILER
chmod +x thrashing/cc1
# at_once COUNT COMMAND...: so many at once; fails when one of them does.
cat >at_once <<'BUILD'
#!/bin/bash
count=$1
shift
for i in $(seq "$count"); do "$@" -o "o$i" & done
for i in $(seq "$count"); do wait -n || failed=$((failed + 1)); done
echo "$((failed + 0)) of $count failed"
[ "$((failed + 0))" -eq 0 ]
BUILD
chmod +x at_once

top=/sys/fs/cgroup/memguard-test-limits
# below FILE LIMIT COMMAND...: in a group below one with that limit; its status in `status`, all it says in `said`.
below() {
  local file=$1 limit=$2
  shift 2
  mkdir "$top" "$top/in"
  echo +memory >"$top/cgroup.subtree_control"
  echo "$limit" >"$top/$file"
  (echo "$BASHPID" >"$top/in/cgroup.procs" && exec timeout -k 5 600 "$@") >said 2>&1
  status=$?
  sed 's/^/# /' said
  note "status $status, peak $(cat "$top/memory.peak" 2>/dev/null), $(paste -sd ' ' "$top/memory.events")"
  events=$(cat "$top/memory.events")
  eventually 10 rmdir "$top/in" "$top"
}
said() { grep -qE "$1" said; }

below memory.high 300M "$MEMGUARD" run --explain -- ./at_once 6 ./cc1 --ramp 120MiB:1s --hold 1s
check 'memory.high above: the build ends well' equal 0 "$status"
check 'memory.high above: it is named' said 'memory.high of .*memguard-test-limits'
check 'memory.high above: it is never reached' grep -qx 'high 0' <<<"$events"

below memory.high 300M "$MEMGUARD" run --memory 600M -- ./at_once 6 ./cc1 --ramp 120MiB:1s --hold 1s
check 'more than memory.high above: the build ends well' equal 0 "$status"
check 'more than memory.high above: it is lowered' said '^memguard: --memory: a limit of 600 MiB is more than memory.high'

# Whoever mounts it anew within a cgroup namespace sees no group above. One of the first four is killed, and started
# again; that teaches: the eight that follow would all fit in the machine, and do not all fit in what was learnt.
# shellcheck disable=SC2016  # for the inner shells
below memory.max 300M unshare --cgroup --mount sh -c \
  'umount -l /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && exec "$@"' sh \
  "$MEMGUARD" run -- sh -c './at_once 4 "$@"; ./at_once 8 "$@"' sh ./cc1 --ramp 90MiB:1s --hold 1s
check 'a limit that is not seen: is hit at first' said '[1-9] killed for memory'
check 'a limit that is not seen: then nothing is lost' said '^0 of 8 failed'
check 'a limit that is not seen: is told' said 'a limit above this build that cannot be seen from here ended'

below memory.max max "$MEMGUARD" run --memory 300M -- ./at_once 6 tmpfs/cc1
check 'files in tmpfs: the build ends well' equal 0 "$status"
check 'files in tmpfs: nothing is lost' said ' none (lost|killed)'

below memory.max max "$MEMGUARD" run --memory 100M -- thrashing/cc1
check 'little more than the limit: the build ends well' equal 0 "$status"
check 'little more than the limit: who hardly gets on is told' \
  said '^memguard: cc .* has hardly got on for .* of 100 MiB'
check 'little more than the limit: and again at the end' said '^memguard: cc .* hardly got on for .* limit of 100 MiB'

check 'none left: cgroups of memguard' none_left cgroups_of_memguard
finish
