#!/bin/bash
# memguard as root, in a scope of the system manager.
. "$(dirname -- "$0")/lib.sh"
require_memguard
warm_toolchain
"$MEMGUARD" doctor 2>&1 | sed 's/^/# /'
cargo_command /home/root-build
guarded in_session 0 "$MEMGUARD" run --memory "$LIMIT" --json /out/run.json --require-tier full -- "${cargo[@]}"
check_run '/sys/fs/cgroup/*.slice/*.scope/memguard-*/build'
check_report /out/run.json "$(bytes "$LIMIT")" "$(bytes "$LIMIT")"
check_clean
finish
