#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A batch, and the shards of an exploration, as job arrays of Slurm: its daemons run on the loopback address, for this test only.
set -u
lkmc=$(readlink -f "$1")
. "$2" "$lkmc"
export PATH=$PATH:/usr/sbin:/sbin

for program in munged slurmctld slurmd sbatch squeue; do
  command -v $program >/dev/null && continue
  echo "no $program: Debian's packages slurm-wlm and munge are not installed"
  skipped 9
  exit
done
if [ "$(id -u)" -ne 0 ]; then
  echo 'slurmd wants to be root'
  skipped 9
  exit
fi

export SLURM_CONF=$folder/slurm.conf XDG_CACHE_HOME=$folder/cache
chmod 755 "$folder"
mkdir -m 700 munge state spool
head -c 1024 /dev/urandom >munge/key
chmod 600 munge/key
# Ports that are free now.
read -r controller_port node_port < <(python3 -c '
import socket
sockets = [socket.socket() for _ in range(2)]
for s in sockets: s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in sockets))')
cat >slurm.conf <<EOF2
ClusterName=lkmc
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$controller_port
SlurmdPort=$node_port
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/builtin
ReturnToService=2
MpiDefault=none
NodeName=$(hostname -s) NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
EOF2

daemons=()
end_daemons() {
  [ ${#daemons[@]} -eq 0 ] || kill "${daemons[@]}" 2>/dev/null
  wait
  rm -rf "$folder"
}
trap end_daemons EXIT
munged --force --foreground --key-file="$folder/munge/key" --socket="$folder/munge/socket" --pid-file="$folder/munge/pid" \
  --log-file="$folder/munge/log" --seed-file="$folder/munge/seed" >munged.out 2>&1 &
daemons+=($!)
slurmctld -D >slurmctld.out 2>&1 &
daemons+=($!)
slurmd -D >slurmd.out 2>&1 &
daemons+=($!)

# until_true COMMAND...: waits until it succeeds, or a daemon has ended.
until_true() {
  until "$@" >/dev/null 2>&1; do
    for daemon in "${daemons[@]}"; do kill -0 "$daemon" 2>/dev/null || return 1; done
    sleep 0.1
  done
}
node_is_idle() { [ "$(sinfo --noheader --format=%T)" = idle ]; }
if ! until_true node_is_idle; then
  check 'the daemons run' false
  tail -n 5 ./*.out ./*.log
  summary
  exit
fi

# array TASKS SCRIPT: runs the job array to its end; each task's output is in taskI.out.
array() {
  printf '#!/bin/bash\n%s\n' "$2" >job.sh
  sbatch --wait --quiet --array="$1" --chdir="$folder" --output='task%a.out' job.sh
}

mkdir tests
for i in 1 2 3 4 5; do cp sb.litmus tests/$i.litmus; done
sed 's/^exists.*/~exists (0:r0=0 \/\\ 1:r0=0)/' sb.litmus >tests/6.litmus
array 1-4 "exec '$lkmc' batch --shard env --report jsonl=batch\$SLURM_ARRAY_TASK_ID.jsonl tests"
check 'a task with a violated test fails' [ $? -ne 0 ]
expect 1 merge batch1.jsonl batch2.jsonl batch3.jsonl batch4.jsonl
says out '^6 tests: 5 passed, 1 failed; '
says out '^failed: tests/6.litmus: '

# Numbered from 0 and in steps.
array 0-8:2 "exec '$lkmc' check --shard env sb.litmus >part\$SLURM_ARRAY_TASK_ID.json"
check 'all tasks succeed' [ $? -eq 0 ]
expect 0 merge part0.json part2.json part4.json part6.json part8.json
says out '^Observation SB Sometimes 1 3$'
rm part4.json
expect 2 merge part0.json part2.json part6.json part8.json
says err '^lkmc: error: shard 3/5 of sb.litmus is missing$'

summary
