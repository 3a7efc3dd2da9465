#!/bin/bash
# memguard in jobs of Slurm: slurmctld and slurmd of Debian, cgroup/v2, and the commands of docs/places/slurm.md.
. "$(dirname -- "$0")/lib.sh"
require_memguard
readonly page=/files/pages/slurm.md project=/home/builder/project

# block N: the Nth block of commands of the page.
block() {
  awk -v wanted="$1" '/^```sh$/ { inside = ++number == wanted; next } /^```$/ { inside = 0 } inside' "$page"
}

# Slurm looks for an address that is not 127.0.0.1, and the image keeps no logs.
start_slurm() {
  ip address add 10.10.10.1/32 dev lo
  hostname node1
  echo 10.10.10.1 node1 >>/etc/hosts
  install -d -o munge -m 700 /var/log/munge
  install -d -o slurm /var/log/slurm /var/spool/slurmctld
  install -d /etc/slurm /var/spool/slurmd
  cat >/etc/slurm/slurm.conf <<'CONF'
ClusterName=one
SlurmctldHost=node1
SlurmUser=slurm
StateSaveLocation=/var/spool/slurmctld
SlurmdSpoolDir=/var/spool/slurmd
ProctrackType=proctrack/cgroup
TaskPlugin=task/cgroup
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
NodeName=node1 CPUs=2 RealMemory=1500
PartitionName=all Nodes=ALL Default=YES
CONF
  printf 'CgroupPlugin=cgroup/v2\nConstrainRAMSpace=yes\nConstrainSwapSpace=yes\nAllowedSwapSpace=0\n' >/etc/slurm/cgroup.conf
  systemctl start munge slurmctld slurmd
  eventually 120 idle
}
idle() { sinfo -h -o %T | grep -qx idle; }

# Six links of 170 MiB by make, of which three fit into 600.
make_project() {
  local i
  install -d -o builder "$project"
  install -m 755 /files/bin/hog "$project/ld"
  {
    printf 'all:'
    for i in 1 2 3 4 5 6; do printf ' app%s' "$i"; done
    printf '\napp%%:\n\t./ld --ramp 170MiB:1s --hold 2s -o $@ && touch $@\n'
    printf 'endless:\n\t./ld --until never -o $@\n'
  } >"$project/Makefile"
  chown -R builder "$project"
}

# as_user COMMAND: in the project, as one types it. memguard's report goes to /out.
as_user() {
  runuser -u builder -- env -i HOME=/home/builder PATH="${MEMGUARD%/*}:/usr/bin:/bin" MEMGUARD_JSON="$project/run.json" \
    bash -c "cd $project && $1"
}

no_jobs() { [ -z "$(squeue -h)" ]; }
state_of() { scontrol show job "$1" | sed -n 's/.*JobState=\([A-Z_]*\).*/\1/p'; }
built() { find "$project" -name 'app?' | wc -l; }
# submit COMMAND: runs an sbatch to the end of its jobs; the number of the first is in `job`.
submit() {
  rm -f "$project"/app? "$project/run.json"
  job=$(as_user "$1" | sed -n 's/^Submitted batch job //p')
  eventually 600 no_jobs
  cat "$project"/slurm-"$job"*.out
}

if ! start_slurm; then
  journalctl --no-pager -u munge -u slurmctld -u slurmd | tail -n 30
  fail 'Slurm runs' 'no idle node'
  finish
fi
make_project

submit "sbatch --mem=600M --wrap 'make -k -j6'"
check 'without memguard a link is lost' equal no "$([ "$(built)" -lt 6 ] && echo no || echo yes)"

submit "$(block 1)"
check 'sbatch: the job completes' equal COMPLETED "$(state_of "$job")"
check 'sbatch: all is built' equal 6 "$(built)"
# 600 MiB less a twentieth.
for filter in '.exit_status == 0' '.limit_bytes <= 629145600' '.limit_bytes > 560 * 1048576' '.lost == 0' '.held > 0'; do
  check "sbatch: $filter" jq -e "$filter" "$project/run.json"
done
check 'sbatch: the build stays in the job' equal '' "$(grep 'moved to a scope' "$project/slurm-$job.out")"
check 'sbatch: no comment without being asked' equal '' "$(scontrol show job "$job" | grep Comment)"

as_user "sbatch --mem=600M --wrap 'memguard run -- make endless'" >/dev/null
check 'scancel: a build runs' eventually 60 pgrep -x ld
as_user "$(block 2)"
check 'scancel: the job ends' eventually 60 no_jobs
check_clean

option=$(as_user "$(block 3)")
# (1.1 * 170 MiB + 64) / 0.95, by what was seen of it.
check 'suggest: an option that the largest link fits in' grep -qxE -- '--mem=2[0-9]{2}M' <<<"$option"
note "$option"
submit "$(block 4)"
check 'an array by that option: both builds are complete' equal 'COMPLETED COMPLETED' "$(state_of "$job" | paste -sd ' ')"

submit "$(block 5)"
note "$(scontrol show job "$job" | grep Comment)"
check 'comment: what it needed' grep -qE 'Comment=memguard: peak .* of 569 MiB, [0-9]+ jobs, .* 0 lost; least --mem=2[0-9]{2}M' \
  <(scontrol show job "$job")
check_clean
finish
