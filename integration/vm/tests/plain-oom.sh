#!/bin/bash
# Why memguard is needed, and that the builds of the other tests are hard ones: plain cargo, same limit, loses.
. "$(dirname -- "$0")/lib.sh"

warm_toolchain
cargo_command /home/plain
# shellcheck disable=SC2016  # for the inner shell
systemd-run --quiet --scope -p "MemoryMax=$LIMIT" -p MemorySwapMax=0 -p OOMPolicy=continue sh -c '
  "$@"
  echo $? >/run/status
  cp "/sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)/memory.events" /run/events' sh "${cargo[@]}"
note "cargo -j$JOBS in $LIMIT: status $(cat /run/status), $(paste -sd ' ' /run/events)"
check 'plain cargo is killed for memory' grep -q '^oom_kill [1-9]' /run/events
check 'plain cargo fails' test "$(cat /run/status)" -ne 0
finish
