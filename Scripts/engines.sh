#!/bin/sh
# Runs a small campaign under real engines, kills them midway, lets them go on, and requires the bytes
# of 'consim run' in one process. Slurm has one node; its node daemon and all tasks are killed.
# Usage: Scripts/engines.sh CONSIM [parallel] [slurm], by default both
# Slurm needs root, since only root starts its tasks. Daemons, keys and logs are in a temporary directory.
# Exit codes: 2 for other bytes or a lost run, 69 where an engine is missing, 70 where it does not start.
set -eu

root=$(cd -- "$(dirname -- "$0")/.." && pwd)
[ $# -gt 0 ] || { echo "usage: Scripts/engines.sh CONSIM [parallel] [slurm]" >&2; exit 64; }
consim=$(realpath "$1")
shift
[ $# -gt 0 ] || set -- parallel slurm
for engine in "$@"; do
  case $engine in
    parallel) ;;
    slurm)
      [ "$(id -u)" = 0 ] || { echo "engines: Slurm can be tried by root only" >&2; exit 69; }
      PATH=$PATH:/usr/sbin
      ;;
    *) echo "engines: there is no '$engine', only parallel and slurm" >&2; exit 64 ;;
  esac
done
"$root/Scripts/deps.sh" "$@"

scratch=$(mktemp -d)
# Whatever an engine starts has this variable, by which it is found.
mark="CONSIM_ENGINES=$scratch"
# marked: the ids of all processes that engines started.
marked() { grep -lzxF "$mark" /proc/[0-9]*/environ 2>/dev/null | tr -dc '0-9\n' || true; }
kill_marked() {
  for process in $(marked); do kill -9 "$process" 2>/dev/null || true; done
}
finish() {
  kill_marked
  # A daemon that was just killed may still have a file open over a network file system.
  rm -rf "$scratch" 2>/dev/null || { sleep 1; rm -rf "$scratch"; }
}
trap finish EXIT
trap 'exit 130' INT TERM
chmod 755 "$scratch"
cd "$scratch"

# fail CODE MESSAGE [LOG...]
fail() {
  code=$1
  echo "engines: $2" >&2
  shift 2
  for log in "$@"; do [ ! -f "$log" ] || tail -n 20 "$log" >&2; done
  exit "$code"
}
# until_true SECONDS COMMAND...: whether the command succeeds in time.
until_true() {
  end=$(($(date +%s) + $1))
  shift
  until "$@"; do
    [ "$(date +%s)" -lt "$end" ] || return 1
    sleep 0.1
  done
}
stored() { find "$1" -name '*.run' 2>/dev/null | wc -l; }
has_stored() { [ "$(stored "$1")" -ge "$2" ]; }
submit() {
  env "$mark" CONSIM="$consim" PARALLEL='--jobs 2' \
    "$consim" submit engines.yaml --shards "$shards" "$@"
}
# same ENGINE: compares what an engine made with what one process made.
same() {
  diff -r expected "$1" >difference 2>&1 || fail 2 "$1 made other tables than one process:" difference
  echo "engines: $1 was killed after $done_before of $runs runs and made the same tables"
}
# unfinished ENGINE: notes what was there when the engine was killed, which must be a part.
unfinished() {
  done_before=$(stored "store-$1")
  status=0
  "$consim" status engines.yaml --store "store-$1" >status.log 2>&1 || status=$?
  [ "$status" = 75 ] && [ "$done_before" -lt "$runs" ] \
    || fail 70 "$1 was not killed midway: status ended with $status" status.log
}

shards=8
runs=160
cat >engines.yaml <<'END'
name: engines
measure: metrics
seed: 1
repeat: 10
network: { latency: 1 ms, loss: 1 % }
series: [{ protocol: pbft }, { protocol: raft }]
sweep: { replicas: [4, 5, 6, 7, 8, 9, 10, 13] }
schedule: { warmup: 100 ms, duration: 20 s }
END
"$consim" run engines.yaml --out expected --quiet

try_parallel() {
  submit --engine parallel --store store-parallel --out parallel --go >parallel.log 2>&1 &
  until_true 120 has_stored store-parallel $((runs / 4)) \
    || fail 70 "GNU parallel made no runs" parallel.log
  kill_marked
  wait || true
  unfinished parallel
  submit --engine parallel --store store-parallel --out parallel --go >parallel.log 2>&1 \
    || fail 2 "GNU parallel did not go on" parallel.log
  same parallel
}

# node: starts the node's daemon.
node() { env "$mark" slurmd -D -N localhost -f "$SLURM_CONF" >>slurmd.out 2>&1 & }
is_idle() { [ "$(sinfo -h -o %t 2>/dev/null)" = idle ]; }
is_known() { case $(sinfo -h -o %t 2>/dev/null) in idle | mix | alloc) ;; *) return 1 ;; esac; }
is_empty() { [ -z "$(squeue -h 2>&1)" ]; }
# is_midway: whether there are runs and running tasks, which are then called lost.
is_midway() {
  has_stored store-slurm $((runs / 4)) || return 1
  lost=$(squeue -h -j "$job" -t RUNNING -o %K | sort -n | tr '\n' ',')
  lost=${lost%,}
  [ -n "$lost" ]
}
start_slurm() {
  mkdir munge daemons state spool
  mungekey --create --keyfile munge/key --bits 1024
  chown -R munge munge
  chmod 755 munge
  env "$mark" runuser -u munge -- munged --foreground --key-file="$scratch/munge/key" \
    --socket="$scratch/munge/socket" --pid-file="$scratch/munge/pid" \
    --log-file="$scratch/munge/log" --seed-file="$scratch/munge/seed" >munge.out 2>&1 &
  until_true 30 test -S munge/socket || fail 70 "munged does not start" munge.out munge/log
  port=$((20000 + $$ % 10000 * 2))
  cat >daemons/slurm.conf <<END
ClusterName=engines
SlurmctldHost=localhost
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$scratch/munge/socket
CredType=cred/munge
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmctldPidFile=$scratch/daemons/slurmctld.pid
SlurmdPidFile=$scratch/daemons/slurmd.pid
SlurmctldLogFile=$scratch/daemons/slurmctld.log
SlurmdLogFile=$scratch/daemons/slurmd.log
StateSaveLocation=$scratch/state
SlurmdSpoolDir=$scratch/spool
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_interval=1
SlurmdParameters=config_overrides
MpiDefault=none
MaxArraySize=1001
ReturnToService=2
NodeName=localhost NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=localhost Default=YES MaxTime=INFINITE State=UP
END
  export SLURM_CONF="$scratch/daemons/slurm.conf"
  env "$mark" slurmctld -D -c -f "$SLURM_CONF" >slurmctld.out 2>&1 &
  node
  until_true 90 is_idle \
    || fail 70 "Slurm does not start" slurmctld.out slurmd.out daemons/slurmctld.log daemons/slurmd.log
}

try_slurm() {
  start_slurm
  submit --engine slurm --store store-slurm --go >sbatch.log 2>&1 \
    || fail 70 "sbatch refused the script" sbatch.log
  job=$(sed -n 's/^Submitted batch job //p' sbatch.log)
  until_true 120 is_midway || fail 70 "Slurm made no runs" slurm-*.out daemons/slurmctld.log
  # The daemon of the node, what supervises the tasks, and the tasks.
  for process in $(marked); do
    case $(cat "/proc/$process/comm" 2>/dev/null) in
      slurmctld | munged) ;;
      *) kill -9 "$process" 2>/dev/null || true ;;
    esac
  done
  unfinished slurm
  node
  until_true 90 is_known || fail 70 "the node does not come back" slurmd.out daemons/slurmctld.log
  # Slurm waits for minutes before it starts lost tasks again.
  for task in $(echo "$lost" | tr ',' ' '); do scancel "${job}_$task"; done
  submit --engine slurm --store store-slurm >slurm.sh
  env "$mark" CONSIM="$consim" sbatch --array="$lost" slurm.sh >sbatch.log 2>&1 \
    || fail 70 "sbatch refused the lost tasks" sbatch.log
  until_true 240 is_empty || { squeue >queue.log 2>&1; fail 70 "Slurm does not end" queue.log; }
  "$consim" merge engines.yaml --store store-slurm --out slurm --quiet \
    || fail 2 "runs were lost with the tasks $lost" slurm-*.out daemons/slurmctld.log
  same slurm
}

for engine in "$@"; do "try_$engine"; done
