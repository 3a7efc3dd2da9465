#!/bin/bash
# A build over and over as root, its supervisor killed with SIGKILL every few seconds: bench/endurance.py.
# WORKLOAD (heavy or links), RUNS, KILL (seconds between kills) and ENDURANCE_LIMIT may be set.
HEAVY_PACKAGES=${HEAVY_PACKAGES-heavy-texts heavy-tables}
. "$(dirname -- "$0")/lib.sh"
require_memguard
WORKLOAD=${WORKLOAD:-heavy}
case $WORKLOAD in
  heavy) warm_toolchain ;;
  *)
    ENDURANCE_LIMIT=${ENDURANCE_LIMIT:-512MiB}
    [ -x "${MEMGUARD%/*}/hog" ] || { fail 'the hog is there' 'test-vm --bin build/bench, after ./dev build bench' && finish; }
    ;;
esac
swap=none
[ "$(wc -l </proc/swaps)" -eq 1 ] || swap=
endure() {
  python3 /files/bench/endurance.py --workload "$WORKLOAD" --memguard "$MEMGUARD" --hog "${MEMGUARD%/*}/hog" \
    --heavy "$HEAVY" --packages "$HEAVY_PACKAGES" --runs "${RUNS:-3}" --kill-supervisor "${KILL:-2-5}" \
    --memory "${ENDURANCE_LIMIT:-auto}" --swap "$swap" --patience 3600 --folder /home --keep /out --json /out/runs.json
}
endure 2>&1 | sed -u 's/^/# /'
check 'each of the disturbed builds ended well' equal 0 "${PIPESTATUS[0]}"
check_clean
finish
