# Prints the files that include each other in a circle, and fails when there are any. A header and its source are one:
# a source may not use what uses its header.
{ name = FILENAME; sub(/\.(cc|h)$/, "", name); known[name] = 1 }
/^#include "/ {
  split($0, part, "\""); other = part[2]; sub(/\.h$/, "", other)
  if (other != name && !((name, other) in seen)) { seen[name, other] = 1; arrows[++count] = name SUBSEP other }
}
# What uses nothing that is left, or is used by nothing that is left, is in no circle.
END {
  do {
    split("", uses); split("", used); gone = 0
    for (i = 1; i <= count; i++) {
      split(arrows[i], end, SUBSEP)
      if (end[1] in known && end[2] in known) { uses[end[1]] = uses[end[1]] " " end[2]; used[end[2]] = 1 }
    }
    for (name in known) if (!(name in uses) || !(name in used)) { delete known[name]; gone = 1 }
  } while (gone)
  for (name in known) { print name " is in or between circles, and includes" uses[name]; circles = 1 }
  exit circles
}
