# shellcheck shell=bash
# shellcheck disable=SC2154 # the package lists and $root are those of ./dev, which sources this
#
# ./dev test: runs, counts, and names what was skipped.

passed=0 failed=0 skipped=0
# The process that runs the VM tests.
vm_tests=''
# What failed, for the end: where it happened may be thousands of lines up.
failures=''

# count PASSED FAILED SKIPPED: adds to what the last line will say.
count() { passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3)); }

# run_ctest PRESET CTEST-OPTIONS...: runs and counts. No test at all is a failure, and so is a status nothing explains.
run_ctest() {
  local preset=$1 report=$root/build/$1/tests.xml tally status=0 p f s
  shift
  rm -f "$report"
  # No test waits for a time; but one that hangs (seen: a process that escaped from being killed) must not hang CI.
  ctest --test-dir "$root/build/$preset" --timeout 900 --output-on-failure --no-tests=error --output-junit "$report" "$@" || status=$?
  tally=$(awk -f "$root/.ci/tally.awk" "$report") || tally='0 0 0'
  grep '^skipped: ' <<<"$tally" || true
  failures+=$(grep '^failed: ' <<<"$tally") && failures+=$'\n'
  read -r p f s <<<"$(tail -n 1 <<<"$tally")"
  if ((f == 0 && status != 0)); then f=1 && failures+="failed: ctest in $preset, $*: status $status"$'\n'; fi
  count "$p" "$f" "$s"
}

# skip_vm_tests WHY: the VM tests are not run, and why.
skip_vm_tests() { echo "skipped: VM tests: $1" && count 0 0 1; }

# in_vm TEST-VM-OPTIONS...: runs them, into build/vm-tests.log; status as test-vm's.
in_vm() {
  nice "$root/integration/vm/test-vm" --bin "$root/build/dev" "$@" >"$root/build/vm-tests.log" 2>&1
}

# start_vm_tests TEST-VM-OPTIONS...: emulated processors are slow, so these run beside what follows.
start_vm_tests() {
  [[ -x $root/integration/vm/test-vm ]] || { skip_vm_tests "no integration/vm/test-vm" && return; }
  ensure "${vm_packages[@]}" || say "without them the VM tests are skipped"
  say "testing in virtual machines beside the next, into build/vm-tests.log"
  # In a process group of their own, to end as a whole: whoever presses Ctrl-C ends only what is in the foreground.
  set -m
  in_vm "$@" </dev/null &
  vm_tests=$!
  set +m
  trap 'kill -TERM -- "-$vm_tests" 2>/dev/null' EXIT
}

# end_vm_tests: waits for them. Where their last line says "N passed, N failed, N skipped" that is counted, else their
# exit status.
end_vm_tests() {
  local log=$root/build/vm-tests.log status=0 counts p f s _
  [[ $vm_tests ]] || return 0
  wait "$vm_tests" || status=$?
  trap - EXIT
  [[ ! -e $log.panicked ]] || say "the guest's kernel panicked ($log.panicked); they ran once more"
  cat "$log"
  failures+=$(grep '^FAIL ' "$log") && failures+=$'\n'
  counts=$(tail -n 1 "$log" | grep -xE '[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped') || true
  if [[ $counts ]]; then
    read -r p _ f _ s _ <<<"$counts"
    ((f > 0 || status == 0 || status == 77)) || f=1
    count "$p" "$f" "$s"
  elif ((status == 77)); then
    skip_vm_tests "$(tail -n 1 "$log")"
  else
    count "$((status == 0))" "$((status != 0))" 0
  fi
}

# run_debian_tests SUITE...: each release's own compilers build memguard, in a root made for it.
run_debian_tests() {
  local suite log status
  for suite in "$@"; do
    say "building on Debian $suite"
    log=$root/build/debian-$suite.log status=0
    "$root/integration/debian/build-on" "$suite" >"$log" 2>&1 || status=$?
    case $status in
      0) grep '^ok: ' "$log" && count 1 0 0 ;;
      77) echo "skipped: building on $suite: $(tail -n 1 "$log")" && count 0 0 1 ;;
      *) tail -n 40 "$log" && failures+="failed: building on $suite: $log"$'\n' && count 0 1 0 ;;
    esac
  done
}

# try_package WHAT COMMAND...: its lines "ok: ..." are counted; 77 is skipped.
try_package() {
  local what=$1 log=$root/build/package-test.log status=0 line
  shift
  "$@" >"$log" 2>&1 || status=$?
  case $status in
    0) while IFS= read -r line; do echo "$line" && count 1 0 0; done < <(grep '^ok: ' "$log") ;;
    77) echo "skipped: $what: $(tail -n 1 "$log")" && count 0 0 1 ;;
    *) tail -n 40 "$log" && failures+="failed: $what"$'\n' && count 0 1 0 ;;
  esac
}

# Packages are the same wherever they are built, and work where they are installed: where there is nothing else, too.
run_package_tests() {
  local debian=$root/integration/debian packages=$root/build/packages suite what deb portable source
  say "building packages, twice"
  try_package "packages are reproducible" "$debian/reproducible" || true
  "$root/dev" package source >/dev/null
  deb=$(echo "$packages"/*_"$(dpkg --print-architecture)".deb) portable=$(echo "$packages"/*-linux-*.tar.xz)
  source=$packages/memguard-$(sed -n 's/^project(memguard VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt").tar.xz
  if ! [[ -e $deb && -e $portable && -e $source ]]; then
    failures+=$'failed: packages could not be built\n' && count 0 1 0
    return
  fi
  try_package "the package on bookworm" "$debian/install-on" bookworm "$deb"
  for suite in bullseye bookworm trixie; do
    try_package "the portable programs on $suite" "$debian/install-on" "$suite" "$portable"
  done
  try_package "the portable programs alone" "$debian/portable-on-nothing" "$portable"
  try_package "the package of arm64" "$debian/cross-on" bookworm
  ensure "${other_packages[@]}" || say "without them less of packaging/ is tried"
  for what in aur nix action container crate; do
    try_package "packaging/$what" /usr/bin/python3 "$root/integration/packages/tried.py" "$portable" "$source" "$what"
  done
}

# The page of a report in Chromium. What tells who can use it comes from npm, in the version of package-lock.json.
run_browser_tests() {
  local folder=$root/integration/browser log=$root/build/browser-tests.log status=0 ran failing
  ensure "${browser_packages[@]}" || say "without them the page is tested in no browser"
  if command -v npm >/dev/null; then
    (cd "$folder" && quietly npm ci --ignore-scripts) || say "npm ci failed: axe-core is not there"
  fi
  "$folder/run" "$root/build/dev/memguard" "$root/build/browser-tests" >"$log" 2>&1 || status=$?
  if grep '^skipped: ' "$log"; then count 0 0 "$(grep -c '^skipped: ' "$log")"; fi
  ran=$(sed -n 's/^Ran \([0-9]*\) tests\? .*/\1/p' "$log")
  if ((status == 77)); then
    echo "skipped: the page in a browser: $(tail -n 1 "$log")" && count 0 0 1
  elif ((status == 0)); then
    count "$ran" 0 0
  else
    failing=$(grep -cE '^(FAIL|ERROR): ' "$log") || failing=1
    tail -n 40 "$log" && failures+="failed: the page in a browser: $log"$'\n' && count 0 "$failing" 0
  fi
}

# Each source is compiled twice: with sanitizers for the unit tests, and as users get it, with line numbers, for what
# runs against a kernel and for simulated builds, which take minutes with sanitizers.
build_for_tests() {
  say "building preset dev: programs and simulated builds"
  quietly compile dev --target memguard memguard-shim manual-made victims policy_simulated policy_proof simulate_oracle ||
    die "preset dev could not be built"
  say "building preset asan"
  quietly compile asan || die "preset asan could not be built"
  (cd "$root" && quietly cmake --preset release) || die "preset release could not be configured"
}

# unpack PACKAGES...: their programs on PATH, without the servers that they would start when they are installed.
unpack() {
  local folder=$root/build/unpacked package
  mkdir -p "$folder"
  for package in "$@"; do
    [[ -e $folder/$package.deb ]] || (cd "$folder" && quietly apt-get download "$package" && mv "$package"_*.deb "$package.deb" &&
      dpkg-deb -x "$package.deb" .) || say "no $package: what needs it is skipped"
  done >/dev/null
  PATH=$folder/usr/bin:$folder/usr/sbin:$PATH
}

# What CI takes: 14 kills at random moments of each combination, and the two ways to a cgroup that need systemd, in a VM
# with one kernel. The two packages of the heavy workspace take 280 MiB when nothing slows them down.
test_here() {
  HEAVY_PACKAGES='heavy-texts heavy-maps' LIMIT=240M start_vm_tests --kernel 6.1 user service
  MEMGUARD_TEST_ROUNDS=14 run_ctest dev -L integration
  end_vm_tests
}

# 250,000 worlds of the proof, 20 s for each fuzzer, 200 kills of each combination, other releases of Debian, packages, a
# browser, and every way to a cgroup on two kernels.
test_everywhere() {
  ensure "${unpacked_libraries[@]}" || say "without them icecream is not tried"
  unpack "${unpacked_packages[@]}"
  MEMGUARD_SOAK=25000 run_ctest dev -j "$(nproc)" -R '^Proof\.'
  (cd "$root" && quietly cmake --preset asan -D MEMGUARD_FUZZ_SECONDS=20) && run_ctest asan -j "$(nproc)" -L fuzz
  MEMGUARD_TEST_ROUNDS=200 run_ctest dev -L integration
  # One of the tests in virtual machines makes an image of them.
  rm -f "$root"/build/packages/*-linux-*.tar.xz
  if ! { ensure "${build_packages[@]}" "${package_packages[@]}" && quietly "$root/dev" package portable; }; then
    say "without portable programs no image is tried"
  fi
  start_vm_tests
  ensure "${debian_packages[@]}" || say "without them nothing is built on other releases"
  run_debian_tests bookworm trixie sid
  if ensure "${build_packages[@]}" "${package_packages[@]}"; then
    run_package_tests
  else
    echo "skipped: packages: what builds them is missing" && count 0 0 1
  fi
  run_browser_tests
  end_vm_tests
}

run_tests() {
  ensure "${build_packages[@]}" "${test_packages[@]}" || exit 1
  ensure_cargo
  build_for_tests
  # With sanitizers a few of the worlds, and no whole builds: preset dev has all of them.
  MEMGUARD_SOAK=20 run_ctest asan -j "$(nproc)" -LE integration \
    -E '^(Builds|Mutant|ProofMutant|Oracle)'
  run_ctest dev -j "$(nproc)" -L optimized
  if [[ ${1:-} == all ]]; then test_everywhere; else test_here; fi
  printf '%s' "$failures"
  echo "$passed passed, $failed failed, $skipped skipped"
  ((failed == 0 && passed > 0))
}
