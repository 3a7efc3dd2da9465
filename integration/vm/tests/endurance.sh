#!/bin/bash
# A build over and over as root, its supervisor killed with SIGKILL every few seconds: bench/endurance.py.
# RUNS, KILL (seconds between kills) and ENDURANCE_LIMIT may be set.
HEAVY_PACKAGES=${HEAVY_PACKAGES-heavy-texts heavy-tables}
. "$(dirname -- "$0")/lib.sh"
require_memguard
warm_toolchain
swap=none
[ "$(wc -l </proc/swaps)" -eq 1 ] || swap=
endure() {
  python3 /files/bench/endurance.py --memguard "$MEMGUARD" --heavy "$HEAVY" --packages "$HEAVY_PACKAGES" \
    --runs "${RUNS:-3}" --kill-supervisor "${KILL:-2-5}" --memory "${ENDURANCE_LIMIT:-auto}" --swap "$swap" \
    --patience 3600 --folder /home --keep /out --json /out/runs.json
}
endure 2>&1 | sed -u 's/^/# /'
check 'each of the disturbed builds ended well' equal 0 "${PIPESTATUS[0]}"
check_clean
finish
