#!/bin/bash
# What the other tests rest on: the guest is the machine that run-in-vm promises.
. "$(dirname -- "$0")/lib.sh"

hog_source='
#include <stdlib.h>
int main(int count, char **words) {
  size_t size = (size_t)atol(words[count - 1]) << 20;
  char *memory = malloc(size);
  for (size_t at = 0; at < size; at += 4096) memory[at] = (char)(at >> 12);
  return memory[size / 2] == 99;
}'
gcc -O1 -x c -o /run/hog - <<<"$hog_source"

# killed_above_limit: a hog in a scope without swap is killed, and the kernel says so in its memory.events.
killed_above_limit() {
  # shellcheck disable=SC2016  # for the inner shell
  systemd-run --quiet --scope -p MemoryMax=50M -p MemorySwapMax=0 -p OOMPolicy=continue sh -c \
    '/run/hog 100; grep -q "^oom_kill [1-9]" "/sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)/memory.events"'
}

# user_scope: builder's manager gives a scope that builder may divide.
user_scope() {
  # shellcheck disable=SC2016  # for the inner shell
  "${as_builder[@]}" systemd-run --quiet --user --scope -p Delegate=yes sh -c '
    cd "/sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)" && mkdir leaf && echo $$ >leaf/cgroup.procs &&
    echo +memory >cgroup.subtree_control && echo 1G >leaf/memory.max && pwd'
}

delegated_attribute() {
  systemd-run --quiet --collect --unit=delegated -p Delegate=yes sleep infinity
  getfattr --absolute-names --only-values -n user.delegate /sys/fs/cgroup/system.slice/delegated.service
  local answer=$?
  systemctl stop delegated
  return "$answer"
}

note "$(uname -r), $(systemctl --version | head -n 1), up $(cut -d ' ' -f 1 /proc/uptime) s"
check 'cgroup v2 only' equal cgroup2fs "$(stat -fc %T /sys/fs/cgroup)"
check 'memory controller' grep -qw memory /sys/fs/cgroup/cgroup.controllers
check 'pressure stall information' grep -q '^full' /proc/pressure/memory
check 'no failed units' none_left systemctl --failed --no-legend
check 'killed above memory.max' killed_above_limit
check 'scope of the user manager' user_scope
check 'delegation is marked' delegated_attribute
check 'cargo' cargo --version
if [ "$(wc -l </proc/swaps)" -gt 1 ]; then
  check 'swap takes what is above memory.max' systemd-run --quiet --scope -p MemoryMax=50M /run/hog 100
fi
finish
