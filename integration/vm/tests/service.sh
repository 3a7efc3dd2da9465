#!/bin/bash
# memguard in a build service, guarded by the drop-in that we ship. The limit is the unit's: memguard has to find it.
. "$(dirname -- "$0")/lib.sh"
require_memguard
readonly unit=nightly-build.service
# memguard leaves a twentieth of it and what is in use: what it takes is then about LIMIT, as in the other tests.
wall=$((($(bytes "$LIMIT") + (1 << 20)) * 20 / 19))

warm_toolchain
cargo_command /home/builder/build
{
  printf '[Service]\nType=oneshot\nUser=builder\nEnvironment=PATH=/usr/local/bin:/usr/bin:/bin\n'
  printf 'StandardOutput=journal\nTimeoutStartSec=infinity\n'
  printf 'ExecStart=%s run --json /out/run.json --require-tier full -- %s\n' "$MEMGUARD" "${cargo[*]}"
} >"/etc/systemd/system/$unit"
install -D -m 644 /files/systemd/memguard-build.conf "/etc/systemd/system/$unit.d/50-memguard.conf"
printf '[Service]\nMemoryMax=%s\nMemorySwapMax=0\n' "$wall" >"/etc/systemd/system/$unit.d/60-limit.conf"
systemctl daemon-reload
check 'systemd understands every line of the drop-in' none_left systemd-analyze verify "$unit"

guarded systemctl start "$unit"
journalctl --no-pager -o cat -u "$unit"
check_run "/sys/fs/cgroup/system.slice/$unit/memguard-*/build"
check_report /out/run.json 1 "$wall"
check_clean
check 'the unit is not failed' equal success "$(systemctl show -P Result "$unit")"
finish
