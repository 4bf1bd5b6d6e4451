#!/usr/bin/env bash
# Ctrl-C ends a check early; what was found is printed and marked. A second one would kill lkmc.
set -u
. "$(dirname "$0")/checks.sh"

# interrupted ARG...: runs lkmc in the background (where bash would have it ignore SIGINT) and interrupts it.
interrupted() {
  python3 - "$lkmc" "$@" >out 2>err <<'EOF'
import signal, subprocess, sys, time
process = subprocess.Popen(sys.argv[1:], preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
time.sleep(1)
process.send_signal(signal.SIGINT)
sys.exit(process.wait(timeout=20))
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

summary
