# Prints each include that looks upward, and fails when there is one. The folders, lowest first:
BEGIN { split("base 0 json 1 proc 1 policy 2 record 3 simulate 3 cgroup 2 gate 2 job 2 history 3 shim 2 cargo 2 config 3 report 3 status 3 supervisor 4 cli 5 manual 6", words)
        for (i = 1; i in words; i += 2) rank[words[i]] = words[i + 1] }
match($0, /^#include "[a-z]+\//) {
  split(FILENAME, path, "/"); from = path[1]; to = substr($0, 11, RLENGTH - 11)
  if (from in rank && to in rank && from != to && (rank[to] >= rank[from] || (from == "policy" && to != "base"))) {
    print FILENAME ":" FNR ": " $0; upward = 1
  }
}
END { exit upward }
