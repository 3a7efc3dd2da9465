# Reads a JUnit report of ctest: names each test that was skipped, with the line of its output that says why (that of
# GTEST_SKIP, else the last one), and each that failed, with the last lines that it printed; ctest calls one whose
# program is missing skipped. Last line: how many passed, failed and were skipped.
function text(line) {
  gsub(/<[^>]*>|^[ \t]+/, "", line); gsub(/&lt;/, "<", line); gsub(/&gt;/, ">", line); gsub(/&quot;/, "\"", line)
  gsub(/&apos;/, "'", line); gsub(/&amp;/, "\\&", line)
  return line
}
/<testcase / {
  match($0, /name="[^"]*"/); name = text(substr($0, RSTART + 6, RLENGTH - 7))
  match($0, /status="[^"]*"/); status = substr($0, RSTART + 8, RLENGTH - 9)
  why = ""; told = 0; lines = 0; next
}
/<skipped message=/ && !/message="SKIP_/ { status = "missing" }
after_skip { why = text($0); told = 1; after_skip = 0 }
/: Skipped$/ { after_skip = 1 }
!told && text($0) ~ /[^ \t]/ { why = text($0) }
{ said[++lines] = text($0) }
/<\/testcase>/ {
  if (status == "run") passed++
  else if (status == "notrun" || status == "disabled") { skipped++; print "skipped: " name ": " why }
  else {
    failed++; print "failed: " name (status == "missing" ? ": " why : "")
    if (status != "missing") for (i = lines > 40 ? lines - 40 : 1; i < lines; i++) if (said[i] != "") print "failed: | " said[i]
  }
}
END { print passed + 0, failed + 0, skipped + 0 }
