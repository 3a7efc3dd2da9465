# Prints each alias of a namespace that its file does not use, status 1 when there is one.
#
# clang-tidy's misc-unused-alias-decls ignores what a file includes, and .ci/tidy.py includes the sources in another file.

function tell(name) {
  for (name in unused) {
    print file ": nothing uses namespace " name
    found = 1
  }
  delete unused
}

FNR == 1 { tell(); file = FILENAME }
{ code = $0; sub(/\/\/.*/, "", code); made = "" }
/^ *namespace [A-Za-z_0-9]+ = / { made = $2; sub(/namespace [A-Za-z_0-9]+ = /, "", code) }
{
  for (name in unused) {
    if (code ~ "(^|[^A-Za-z_0-9])" name "([^A-Za-z_0-9]|$)") delete unused[name]
  }
  if (made != "") unused[made]
}
END { tell(); exit found }
