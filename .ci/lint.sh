# shellcheck shell=bash
# shellcheck disable=SC2154 # the package lists and $root are those of ./dev, which sources this
#
# ./dev lint: every check runs, also after one that failed.

failed=0

# check NAME COMMAND...: one line when it is well, its output when it is not.
check() {
  local name=$1
  shift
  if quietly "$@"; then echo "lint: $name: ok"; else echo "lint: $name: FAILED"; failed=$((failed + 1)); fi
}

cpp_files() { git ls-files '*.cc' '*.h'; }
shell_files() {
  git ls-files '*.sh'
  git ls-files -z | xargs -0 awk 'FNR == 1 && /^#!.*[\/ ](ba|da)?sh( |$)/ { print FILENAME } { nextfile }'
}
format_is_ours() { cpp_files | xargs "clang-format-$llvm" --dry-run -Werror; }
shell_is_clean() { shell_files | xargs shellcheck -x; }
tidy_is_clean() {
  configure clang && cmake --build build/clang --target memguard_headers memguard_test_headers &&
    /usr/bin/python3 .ci/tidy.py "clang-tidy-$llvm" build/clang
}
aliases_are_used() { cpp_files | xargs awk -f .ci/aliases.awk; }
no_include_is_missing() { cpp_files | xargs /usr/bin/python3 .ci/missing_includes.py; }
# Debian's python3, for which its packages are, whichever is first in PATH.
python_is_clean() { git ls-files -z '*.py' | xargs -0 /usr/bin/python3 -m flake8 --max-line-length 120; }
benchmarks_are_typed() {
  (cd bench/builds && /usr/bin/python3 -m mypy --strict --cache-dir "$root/build/mypy" ./*.py ../*.py)
}
files_are_short() { cpp_files | xargs wc -l | awk '$2 != "total" && $1 > 400 { print; long = 1 } END { exit long }'; }

# But for tables and code.
prose_is_narrow() {
  git ls-files '*.md' | xargs awk 'FNR == 1 { code = 0 } /^ *```/ { code = !code }
    !code && length > 120 && !/^(\||    )/ { print FILENAME ":" FNR ": " length; wide = 1 } END { exit wide }'
}

# Of the newest ones: the first hundreds were longer.
subjects_are_short() {
  git log --no-merges -40 --format=%s | awk 'length >= 72 { print length ": " $0; long = 1 } END { exit long }'
}

includes_look_down() { cpp_files | xargs awk -f .ci/includes.awk; }
rooms_are_no_circles() { cpp_files | xargs awk -f .ci/circles.awk; }

# Whoever makes a new error of the parts of another leaves its hint out: pass() keeps it.
errors_keep_their_hints() {
  ! git ls-files '*.cc' | xargs grep -nE 'fail\([^;]*error\(\)\.what' | grep -v 'error()\.hint'
}
# Nothing but base/say.cc writes to a terminal, and that only what is printable. The shim is too small for base/.
one_place_prints() {
  ! git ls-files '*.cc' ':!integration' ':!tests' ':!bench' ':!base/say.cc' ':!shim/complain.cc' ':!shim/messages.cc' |
    xargs grep -nE '\b(cout|cerr|clog)\b|\b([dfv]*printf|fputs|puts|perror)\(|fmt::print|write\(STD(OUT|ERR)_FILENO' |
    grep -v '"memguard-shim: called by cargo'
}

# All times come from base/clock.h, in its types. The shim has no C++ library.
one_place_asks_clocks() {
  ! git ls-files '*.cc' '*.h' ':!integration' ':!tests' ':!bench' ':!base/clock.*' ':!shim/supervisor_line.cc' |
    xargs grep -nE '\b(clock_(gettime|nanosleep)|gettimeofday|(steady|system|high_resolution)_clock|[a-z_]*clock::now|time\((nullptr|NULL|0|&)|nanosleep|u?sleep\(|sleep_(for|until))\b'
}
# A duration is a std::chrono one: no name ends in its unit. Not meant: "us" of us, columns of the database, files of
# the kernel.
no_number_is_a_time() {
  ! git ls-files '*.cc' '*.h' ':!integration' ':!bench' |
    xargs grep -noE '\b([a-z0-9_]+_([nu]s|ms)_?|k[A-Z][A-Za-z0-9]*(Ns|Us|Ms|Millis|Micros|Nanos))\b' |
    grep -vE ':((ends_with|enabled_by|killed_by|by|end)_us_?|cfs_(quota|period)_us|(cpu|wall)_ns)$'
}

# gate/ is what knows system call numbers and registers. The headers of its libraries are the same for every machine,
# but /usr/include as a whole is not, so they get a folder of their own.
gate_compiles_for_aarch64() {
  local headers=$root/build/aarch64 file
  mkdir -p "$headers"
  ln -sfn /usr/include/seccomp.h /usr/include/fmt /usr/include/tl "$headers/"
  for file in gate/*.cc; do
    aarch64-linux-gnu-g++ -std=c++20 -fsyntax-only -Wall -Wextra -Wconversion -Wshadow -Werror -I. -isystem "$headers" \
      "$file" || return
  done
}

lint() {
  cd "$root" || exit 1
  ensure "${build_packages[@]}" "${test_packages[@]}" "${lint_packages[@]}" || exit 1
  [[ $llvm == 14 ]] || say "clang-format and clang-tidy $llvm, because there are none of version 14 here: CI has those," \
    "and they may see other things"
  check "clang-format" format_is_ours
  check "at most 400 lines a file" files_are_short
  check "at most 120 columns of prose" prose_is_narrow
  check "subjects below 72 characters" subjects_are_short
  check "includes look downward" includes_look_down
  check "no circle of includes" rooms_are_no_circles
  check "no include is missing" no_include_is_missing
  check "no unused alias" aliases_are_used
  check "errors keep their hints" errors_keep_their_hints
  check "one place prints" one_place_prints
  check "one place asks clocks" one_place_asks_clocks
  check "no number is a time" no_number_is_a_time
  check "shellcheck" shell_is_clean
  check "flake8" python_is_clean
  check "mypy of bench/" benchmarks_are_typed
  check "clang-tidy, with clang's warnings" tidy_is_clean
  check "gate compiles for aarch64" gate_compiles_for_aarch64
  ((failed == 0))
}
