# shellcheck shell=bash
# shellcheck disable=SC2154 # the package lists and $root are those of ./dev, which sources this
#
# ./dev test: runs, counts, and names what was skipped.

passed=0 failed=0 skipped=0

# A test that was skipped, with the line that says why: that of GTEST_SKIP, or the last one that it printed.
name_skips() {
  awk '
    /<testcase / { match($0, /name="[^"]*"/); name = substr($0, RSTART + 6, RLENGTH - 7); why = ""; skipped = 0 }
    /<skipped/ { skipped = 1 }
    reason { why = $0; reason = 0; sure = 1 }
    /: Skipped$/ { reason = 1 }
    !sure && !/[<>]/ && NF { why = $0 }
    /<\/testcase>/ { if (skipped) print "skipped: " name ": " why; sure = 0 }' "$1"
}

count_of() { sed -n "s/.*\b$2=\"\([0-9]*\)\".*/\1/p;T;q" "$1"; }

# run_ctest PRESET CTEST-OPTIONS...: runs and counts.
run_ctest() {
  local preset=$1 report=$root/build/$1/tests.xml total bad left status=0
  shift
  rm -f "$report"
  ctest --test-dir "$root/build/$preset" --output-on-failure --output-junit "$report" "$@" || status=$?
  total=$(count_of "$report" tests) bad=$(count_of "$report" failures)
  left=$(($(count_of "$report" skipped) + $(count_of "$report" disabled)))
  ((bad > 0 || status == 0)) || bad=1 total=$((total + 1))
  passed=$((passed + total - bad - left)) failed=$((failed + bad)) skipped=$((skipped + left))
  name_skips "$report"
}

# run_vm_tests: their last line is counted when it is one like ours, else their exit status.
run_vm_tests() {
  local log=$root/build/vm-tests.log status=0 counts
  [[ -x $root/integration/vm/test-vm ]] || { echo "skipped: VM tests: no integration/vm/test-vm"; skipped=$((skipped + 1)); return; }
  ensure "${vm_packages[@]}" || say "without them the VM tests are skipped"
  "$root/integration/vm/test-vm" 2>&1 | tee "$log" || status=${PIPESTATUS[0]}
  if counts=$(tail -n 1 "$log" | grep -xE '[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped'); then
    read -r p _ f _ s _ <<<"${counts//,/}"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    ((status == 0 || status == 77 || f > 0)) || failed=$((failed + 1))
  elif ((status == 77)); then
    echo "skipped: VM tests: $(tail -n 1 "$log")"
    skipped=$((skipped + 1))
  elif ((status == 0)); then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

run_tests() {
  local preset
  ensure "${build_packages[@]}" "${test_packages[@]}" || exit 1
  ensure_cargo
  for preset in dev asan release; do quietly compile "$preset" || die "preset $preset could not be built"; done
  for preset in dev asan; do run_ctest "$preset" -j "$(nproc)" -LE integration; done
  run_ctest dev -L integration
  run_vm_tests
  echo "$passed passed, $failed failed, $skipped skipped"
  ((failed == 0 && passed > 0))
}
