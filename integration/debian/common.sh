# shellcheck shell=bash
# Fresh Debian roots: what build-on and install-on share.

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
skip() { say "$@" && exit 77; }

# Where this machine's apt gets Debian, whichever release; nothing when it gets another distribution.
mirror() {
  command -v apt-get >/dev/null || return 0
  # shellcheck disable=SC2016 # fields of apt-get
  apt-get indextargets --format '$(CREATED_BY) $(ORIGIN) $(LABEL) $(COMPONENT) $(REPO_URI)' |
    awk '$1 == "Packages" && $2 == "Debian" && $3 == "Debian" && $4 == "main" && !seen++ { print $5 }'
}

# How this machine's apt reaches it. A mirror that lags serves an index whose time is over: it is signed all the same,
# and the root does not outlive the test.
apt_options() {
  apt-config dump 2>/dev/null | grep -E '^Acquire::https?\b.* "[^"]+";$' || true
  echo 'Acquire::Check-Valid-Until "false";'
}

# shellcheck disable=SC2154 # $repo is of whoever sources this
# The files of the repository as they are now, without what was built.
pack() { git -C "$repo" ls-files -z --cached --others --exclude-standard | tar -C "$repo" --null --ignore-failed-read -T - -cf "$1"; }

# bootstrap SUITE FOLDER OPTIONS...: makes a root of nothing but apt and runs the hooks of OPTIONS (mmdebstrap) in it; it
# is thrown away. FOLDER is for files of its own.
bootstrap() {
  local suite=$1 folder=$2 sources=''
  shift 2
  [[ -z $(mirror) ]] || sources="deb $(mirror) $suite main"
  apt_options >"$folder/options"
  mmdebstrap --quiet --variant=apt --format=null --skip=cleanup --aptopt="$folder/options" \
    --customize-hook="echo '$made'" "$@" "$suite" /dev/null ${sources:+-} <<<"$sources"
}

readonly made='memguard: the root is made'

# What apt or mmdebstrap said last, of what went wrong.
reason() { grep -E '^(E:|W:|.*rror)' "$1" | grep -v 'mmdebstrap failed' | tail -n 1; }

# with_root SUITE FOLDER OPTIONS...: the same, 77 and why where no such root can be had here.
with_root() {
  local status=0
  bootstrap "$@" 2>&1 | tee "$2/log" || status=1
  ((status == 0)) && return
  grep -qxF "$made" "$2/log" || skip "no root of $1: $(reason "$2/log")"
  return 1
}
