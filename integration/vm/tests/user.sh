#!/bin/bash
# memguard as a user, in a scope of the user's own manager.
. "$(dirname -- "$0")/lib.sh"
require_memguard
warm_toolchain
"${as_builder[@]}" "$MEMGUARD" doctor 2>&1 | sed 's/^/# /'
cargo_command /home/builder/build
guarded "${as_builder[@]}" "$MEMGUARD" run --memory "$LIMIT" --json /out/run.json --require-tier full -- "${cargo[@]}"
check_run '/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/*.scope/memguard-*/build'
check_report /out/run.json "$(bytes "$LIMIT")" "$(bytes "$LIMIT")"
check_clean
finish
