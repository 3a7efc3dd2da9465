# Prints each include that looks upward, and fails when there is one. The folders, and the rooms of supervisor/, lowest
# first; supervisor/ itself is one of its rooms.
BEGIN {
  split("base 0 json 1 proc 1 policy 2 record 3 simulate 3 cgroup 2 gate 2 job 2 history 3 shim 2 cargo 2 config 3 " \
        "report 3 status 3 supervisor 4 cli 5 manual 6", words)
  for (i = 1; i in words; i += 2) rank[words[i]] = words[i + 1]
  split("loop 0 self 0 area 0 keeper 1 live 1 restart 2 stop 2 memory 3 intake 4 tell 4 tokens 5 account 5 " \
        "supervisor 6 front 7 trial 8", words)
  for (i = 1; i in words; i += 2) room_rank[words[i]] = words[i + 1]
}
# "supervisor/live/live_jobs.h": live.
function room_of(name, path) { return split(name, path, "/") > 2 ? path[2] : path[1] }
match($0, /^#include "[a-z_\/]+/) {
  split(FILENAME, path, "/"); from = path[1]
  name = substr($0, 11, RLENGTH - 10); split(name, path, "/"); to = path[1]
  upward_now = from in rank && to in rank && from != to && (rank[to] >= rank[from] || (from == "policy" && to != "base"))
  if (from == "supervisor" && to == "supervisor" && room_of(FILENAME) != room_of(name))
    upward_now = !(room_of(FILENAME) in room_rank) || room_rank[room_of(name)] >= room_rank[room_of(FILENAME)]
  if (upward_now) {
    print FILENAME ":" FNR ": " $0; upward = 1
  }
}
END { exit upward }
