#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Hostile or unlucky surroundings: what cannot be written, sources that are no files, models without end, tests that sleep.
set -u
. "$(dirname "$0")/checks.sh"
export XDG_CACHE_HOME=$folder/cache

# within SECONDS ARG...: runs lkmc, which must come back by itself; the limit is far beyond what it needs.
within() {
  status=0
  timeout "$1" "$lkmc" "${@:2}" >out 2>err </dev/null || status=$?
  check "lkmc ${*:2}: it comes back" [ "$status" -ne 124 ]
}

# Output that cannot be written.
expect 0 check --trace sb.json sb.litmus
for command in 'check sb.litmus' 'check --format text sb.litmus' 'check --format json sb.litmus' 'models' 'models --print lkmm' \
  '--version' '--help' 'check --help' 'replay sb.json' 'replay --format html sb.json' 'check --kcsan default sb.litmus'; do
  status=0
  # shellcheck disable=SC2086
  "$lkmc" $command >/dev/full 2>err || status=$?
  check "lkmc $command >/dev/full: status 2, not $status" [ "$status" -eq 2 ]
  says err '^lkmc: error: cannot write the output$'
done
status=0
"$lkmc" check --stats sb.litmus >out 2>/dev/full || status=$?
check 'stderr is full' [ "$status" -eq 2 ]
expect 2 check --trace /dev/full sb.litmus
says err '^/dev/full: error: No space left on device$'

# Sources that are no files.
mkfifo pipe.litmus pipe.cc pipe.cat pipe.json
within 900 check pipe.litmus
says err '^pipe.litmus: error: it is a pipe or a device, not a regular file$'
within 900 check pipe.cc
says err '^pipe.cc: error: it is a pipe or a device, not a regular file$'
within 900 check --model pipe.cat sb.litmus
says err '^pipe.cat: error: '
within 900 check --model /dev/zero sb.litmus
says err '^/dev/zero: error: '
within 900 check --kcsan pipe.cat sb.litmus
says err 'error: '
within 900 replay pipe.json
says err '^pipe.json: error: it is a pipe or a device, not a regular file$'

# Models. Functions that double call the same function with the same values: one node each.
doubling() {
  echo '"doubling"'
  echo "let f0(x) = $1"
  for i in $(seq 1 40); do echo "let f$i(x) = ${2//@/f$((i - 1))}"; done
  echo 'acyclic f40(po) as a'
}
doubling 'x ; x' '@(x) ; @(x)' >doubling.cat
within 900 check --model doubling.cat sb.litmus
check 'doubling: answered' [ "$status" -eq 0 ]
doubling 'x | x^-1' '(@(x) ; @(x)) | @(x^-1)' >doubling.cat
within 900 check --model doubling.cat sb.litmus
check 'doubling with inverses: answered' [ "$status" -eq 0 ]
doubling 'x' '@(x ; rf) | @(x ; co)' >doubling.cat
within 900 check --model doubling.cat sb.litmus
check 'two to the 40th nodes: refused' [ "$status" -eq 2 ]
says err '^doubling.cat:.*: error: this model is too large'

printf '"m"\nlet rec a = ~a\nacyclic a as x\n' >rec.cat
within 900 check --model rec.cat sb.litmus
check 'no least fixpoint: refused' [ "$status" -eq 2 ]
says err '^rec.cat:2:13: error: '

# Includes that go round, and that multiply.
echo 'include "one.cat"' >one.cat
echo 'include "b.cat"' >a.cat && echo 'include "c.cat"' >b.cat && echo 'include "a.cat"' >c.cat
for model in one.cat a.cat; do
  within 900 check --model $model sb.litmus
  check "$model: refused" [ "$status" -eq 2 ]
  says err 'includes itself$'
done
for i in $(seq 1 40); do printf 'include "i%s.cat"\ninclude "i%s.cat"\n' $((i + 1)) $((i + 1)) >i$i.cat; done
echo "let a = po" >i41.cat
within 900 check --model i1.cat sb.litmus
check 'two to the 40th includes: refused' [ "$status" -eq 2 ]
says err 'error: this model includes too much$'

# A trace with very many keys.
python3 -c 'print("{" + ",".join(f"\"k{i}\": 1" for i in range(100000)) + "}")' >keys.json
within 900 replay keys.json
says err '^keys.json:1:1: error: this is not a trace of lkmc$'

# Control characters reach no terminal.
name=$(printf 'a\033[31m.litmus')
cp sb.litmus "$name"
run check --format text "$name" "${name%.litmus}"
check 'no escape' [ "$(cat out err | grep -c "$(printf '\033')")" -eq 0 ]
says err '^a.x1b\[31m: error: '

# A long thread.
{
  printf 'C long-thread\n{}\nP0(int *x)\n{\n'
  for _ in $(seq 1 10000); do printf '\tsmp_mb();\n'; done
  printf '}\nexists (x=0)\n'
} >fences.litmus
within 900 check fences.litmus
check 'a long thread is refused' [ "$status" -eq 2 ]
says err '^fences.litmus:[0-9]*:2: error: the thread performs more than 1024 events'

command -v "${CXX:=g++}" >/dev/null || { echo 'no C++ compiler: the rest is not tested' && summary && exit; }
export CXX
cat >sleeps.cc <<'EOF'
#include <unistd.h>
#include "lkmc/litmus.h"
using namespace lkmc;
LITMUS(in_a_thread) {
  shared<int> x;
  thread("one", [&] { WRITE_ONCE(x, 1); for (;;) pause(); });
}
LITMUS(in_the_body) { for (;;) pause(); }
LITMUS(forks) {
  shared<int> x;
  if (fork() == 0) for (;;) pause();
  thread("one", [&] { WRITE_ONCE(x, 1); });
}
LITMUS(fine) {
  shared<int> x;
  thread("one", [&] { WRITE_ONCE(x, 1); });
}
EOF
within 900 check sleeps.cc
says err '^sleeps.cc:4:1: error: in_a_thread: the test does not come back: it sleeps'
says err '^sleeps.cc:8:1: error: in_the_body: the test does not come back: it sleeps'
says out '^fine: holds (1 execution)$'

# Names that a compiler takes for something else; a cache that was damaged.
cp sleeps.cc @file.cc
within 900 check --test fine @file.cc
says out '^fine: holds (1 execution)$'
for damage in 'truncate -s 100' 'rm -f'; do
  for what in so seal; do
    $damage "$XDG_CACHE_HOME"/lkmc/*.$what
    within 900 check --test fine sleeps.cc
    says out '^fine: holds (1 execution)$'
  done
done
find "$XDG_CACHE_HOME"/lkmc/include-* -name 'litmus.h' -exec sh -c 'echo "#error damaged" >"$1"' _ {} \;
rm "$XDG_CACHE_HOME"/lkmc/*.so
within 900 check --test fine sleeps.cc
says out '^fine: holds (1 execution)$'

# More workers than there is memory for.
within 900 check --jobs 1024 --memory 128 --test fine sleeps.cc
check 'jobs: an answer or an error' grep -q -e '^fine: holds' -e 'out of memory (--memory allows more than 128 MiB, fewer --jobs' out err

summary
