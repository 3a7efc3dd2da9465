#!/bin/bash
# memguard@.service and memguard.slice as they are shipped: a build that holds is seen in STATUS and in the journal, a
# front that hangs is ended by the watchdog, and a stop leaves nothing.
. "$(dirname -- "$0")/lib.sh"
require_memguard
readonly unit=memguard@holds.service folder=/var/lib/memguard/holds

sed "s,@CMAKE_INSTALL_FULL_BINDIR@,$(dirname -- "$MEMGUARD")," '/files/systemd/memguard@.service.in' \
  >/etc/systemd/system/memguard@.service
install -m 644 /files/systemd/memguard.slice /etc/systemd/system/
install -D -m 644 -t /usr/lib/systemd/catalog /files/systemd/memguard.catalog
journalctl --update-catalog
# Of two links the younger has to wait.
install -D -m 755 /dev/stdin /etc/memguard/builds/holds <<'BUILD'
#!/bin/sh
id -u && cp /files/bin/hog ld || exit
./ld --until end -o one & ./ld --until end -o two & wait
BUILD
mkdir -p "/etc/systemd/system/$unit.d"
printf '[Service]\nMemoryMax=110M\nMemorySwapMax=0\nWatchdogSec=4s\n' >"/etc/systemd/system/$unit.d/limit.conf"
systemctl daemon-reload

property() { systemctl show --value -p "$1" "$unit"; }
matches() { # PROPERTY PATTERN
  local value
  value=$(property "$1")
  # shellcheck disable=SC2254  # a pattern is wanted
  case $value in $2) ;; *) echo "$1 is $value, not $2" && return 1 ;; esac
}
has_entry() { journalctl -u "$unit" -o cat "MESSAGE_ID=$1" | grep -q .; }
explains() { journalctl -x --no-pager -u "$unit" "MESSAGE_ID=$1" | grep -q "Subject: $2"; }
place_of_build() { find "/sys/fs/cgroup/memguard.slice/$unit" -path '*/memguard-*/build' -prune; }

check 'start comes back when the build runs' systemctl start "$unit"
check 'the unit is active' matches ActiveState active
check 'it is in the slice' matches Slice memguard.slice
check 'STATUS says what waits' eventually 60 matches StatusText '1 job waits for memory (* used); link * is next, after *'
note "$(property StatusText)"
check 'the limit is set on the build (tier full)' grep -qv max "$(place_of_build)/memory.max"
check 'the slice has its wall' equal no "$(grep -qx max /sys/fs/cgroup/memguard.slice/memory.max && echo yes || echo no)"
check 'a wait of 10 s is an entry of the journal' eventually 60 has_entry be97b99d22134dfe876d93380f3904f9
check 'journalctl -x explains it' explains be97b99d22134dfe876d93380f3904f9 'A job of the build waits for memory'
check 'the watchdog is content' matches ActiveState active
check 'stop' systemctl stop "$unit"
check 'a stopped unit has not failed' matches Result success
check_clean

check 'it starts again' systemctl start "$unit"
touch "$folder/end"
check 'it ends with its build' eventually 60 matches ActiveState inactive
check 'the unit is not failed' matches Result success

rm -f "$folder/end"
check 'and again' systemctl start "$unit"
kill -STOP "$(property MainPID)"
check 'the watchdog ends a unit whose front hangs' eventually 90 matches Result watchdog
check 'all of it is gone' eventually 60 matches ActiveState failed
check_clean
journalctl --no-pager -o short-monotonic -u "$unit" | tail -n 40
finish
