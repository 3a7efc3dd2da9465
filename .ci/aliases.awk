# Prints each alias of a namespace that its file does not use, status 1 when there is one.
#
# clang-tidy's misc-unused-alias-decls looks only at what the compiler is given, which .ci/tidy.py makes of several
# sources.

function tell(name) {
  for (name in unused) {
    print file ": nothing uses namespace " name
    found = 1
  }
  delete unused
}

FNR == 1 { tell(); file = FILENAME }
/^ *namespace [a-z_]+ = / { unused[$2]; next }
{
  for (name in unused) {
    if ($0 ~ "(^|[^A-Za-z_:])" name "::") delete unused[name]
  }
}
END { tell(); exit found }
