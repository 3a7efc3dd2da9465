# shellcheck shell=bash disable=SC2034  # not every script uses everything
# What the host-side scripts of this folder share. Sourced, not run.

vm_dir=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
repo_dir=$(cd -- "$vm_dir/../.." && pwd)
cache_dir=${MEMGUARD_VM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/memguard/vm}
readonly vm_dir repo_dir cache_dir

# Exit statuses that mean the harness, not the script in the guest (the last one is ctest's and automake's "skipped").
readonly status_kernel_died=123 status_timeout=124 status_broken=125 status_skip=77

# kernel_died CONSOLE: the guest's kernel has said so there. "Oops: int3": it had patched its own code.
kernel_died() { grep -q -e 'Kernel panic' -e 'soft lockup' -- "$1"; }

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# die TEXT...: the harness itself failed; says nothing about what was to be tested.
die() {
  say "$@"
  exit "$status_broken"
}

# skip TEXT...: this machine cannot run virtual machines; TEXT names what is missing and how to get it.
skip() {
  say "cannot run here: $*"
  exit "$status_skip"
}

# need COMMAND DEBIAN-PACKAGE: skips unless COMMAND exists. mke2fs and debugfs live in sbin, where users do not look.
need() {
  PATH=$PATH:/usr/sbin:/sbin
  command -v "$1" >/dev/null || skip "no $1; on Debian: apt-get install $2"
}
