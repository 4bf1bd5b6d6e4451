#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Ctrl-C ends a check early; what was found is printed and marked. A second one would kill lkmc.
set -u
. "$(dirname "$0")/checks.sh"

# interrupted ARG...: runs lkmc in the background (where bash would have it ignore SIGINT) and interrupts it once it catches that.
interrupted() {
  python3 - "$lkmc" "$@" >out 2>err <<'EOF'
import signal, subprocess, sys, time

def catches_interrupt(pid):
    with open(f"/proc/{pid}/status") as status:
        caught = next(line for line in status if line.startswith("SigCgt:"))
    return int(caught.split()[1], 16) >> (signal.SIGINT - 1) & 1

process = subprocess.Popen(sys.argv[1:], preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
while process.poll() is None and not catches_interrupt(process.pid):
    time.sleep(0.01)
process.send_signal(signal.SIGINT)
sys.exit(process.wait())
EOF
  status=$?
}

interrupted check long.litmus sb.litmus
check 'exit status 3' [ "$status" -eq 3 ]
says out '^Observation long Inconclusive 0 '
check 'the rest is not checked' [ "$(grep -c '^Test' out)" -eq 1 ]
says err '^long.litmus: inconclusive: it was interrupted$'
says err 'interrupted: 1 file'

for jobs in 1 3; do
  interrupted check --format text --jobs "$jobs" long.litmus
  check "exit status 3 with $jobs jobs" [ "$status" -eq 3 ]
  says out '^long: inconclusive: '
done

# While a model is prepared for a large program.
{
  printf 'C large\n{}\n'
  for thread in 0 1 2 3; do
    printf 'P%s(int *x)\n{\n' "$thread"
    for _ in $(seq 1 1000); do printf '\tsmp_mb();\n'; done
    printf '}\n'
  done
  printf 'exists (x=0)\n'
} >large.litmus
interrupted check --format text large.litmus
check 'large: exit status 3' [ "$status" -eq 3 ]
says out '^large: inconclusive: .* it was interrupted$'
expect 3 check --format text --timeout 0.1 large.litmus
says out '^large: inconclusive: .* the time ran out'

# While a compiler runs, which must end, too.
cat >slow-compiler <<'EOF'
#!/bin/sh
case "$*" in
*-###*) echo slow ;;
*) echo $$ >started && mv started compiler && exec sleep 1000000 ;;
esac
EOF
chmod +x slow-compiler
export CXX=$folder/slow-compiler XDG_CACHE_HOME=$folder/cache
echo '#include "lkmc/litmus.h"' >some.cc
expect 3 check --timeout 0.1 some.cc
says err '^some.cc:1:1: inconclusive: the time ran out (--timeout gives more) while it was being compiled$'
for signal in INT KILL; do
  rm -f compiler
  python3 - "$signal" "$lkmc" check some.cc >out 2>err <<'EOF'
import os, signal, subprocess, sys, time
process = subprocess.Popen(sys.argv[2:], preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
while not os.path.exists("compiler"):
    time.sleep(0.01)
process.send_signal(getattr(signal, "SIG" + sys.argv[1]))
status = process.wait()
with open("compiler") as file:
    compiler = int(file.read())
def runs():
    try:
        with open(f"/proc/{compiler}/stat") as stat:
            return ") Z " not in stat.read()
    except FileNotFoundError:
        return False
while runs():
    time.sleep(0.01)
sys.exit(status % 256)
EOF
  status=$?
  [ "$signal" = KILL ] || check 'compiler: exit status 3' [ "$status" -eq 3 ]
  [ "$signal" = KILL ] || says err '^some.cc:1:1: inconclusive: it was interrupted while it was being compiled$'
done

summary
