# shellcheck shell=bash
# shellcheck disable=SC2154 # the package lists and $root are those of ./dev, which sources this
#
# ./dev fuzz [TARGET] [SECONDS]: what a fuzzer finds interesting stays in build/fuzz/found/TARGET and is where the next
# run begins; what breaks a target is build/fuzz/TARGET-crash-*, -timeout-* or -oom-*.

# fuzz_one TARGET SECONDS: the fuzzer's own words are in build/fuzz/TARGET.log.
fuzz_one() {
  local found=$root/build/fuzz/found/$1 log=$root/build/fuzz/$1.log
  mkdir -p "$found"
  say "fuzzing $1 for $2 s"
  "$root/build/fuzz/tests/fuzz/fuzz_$1" "-max_total_time=$2" -timeout=10 -rss_limit_mb=2048 \
    "-artifact_prefix=$root/build/fuzz/$1-" "$found" "$root/tests/fuzz/corpus/$1" >"$log" 2>&1 ||
    { tail -n 40 "$log" >&2; say "$1 is broken; the input is in build/fuzz"; return 1; }
  grep -a '^#.*DONE' "$log"
}

# Without a target all run, one after the other, also after one that found something.
fuzz() {
  local targets=() target seconds=60 status=0
  mapfile -t targets < <(ls "$root/tests/fuzz/corpus")
  if (($# > 0)) && [[ $1 != *[!0-9]* ]]; then
    seconds=$1
  elif (($# > 0)); then
    [[ " ${targets[*]} " == *" $1 "* ]] || die "no such target: $1; there are ${targets[*]}"
    targets=("$1") seconds=${2:-60}
  fi
  ensure "${build_packages[@]}" "${test_packages[@]}" || exit 1
  quietly compile fuzz --target fuzzers || die "the fuzz targets could not be built"
  for target in "${targets[@]}"; do
    fuzz_one "$target" "$seconds" || status=1
  done
  return "$status"
}
