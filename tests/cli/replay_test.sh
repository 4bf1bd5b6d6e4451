#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `lkmc check --trace` and `lkmc replay`: what is replayed, what does not fit, and walking through the steps.
set -u
. "$(dirname "$0")/checks.sh"

# A witness, a violation and a deadlock of litmus files.
expect 0 check --trace sb.json sb.litmus
expect 0 replay sb.json
says out '^SB: replayed: exists .* is reachable$'
says out 'goes into the store buffer'
says out '^  Final state: 0:r0=0; 1:r0=0;$'
is_empty err
sed 's/exists/~exists/' sb.litmus >forbidden.litmus
expect 1 check --trace forbidden.json forbidden.litmus
expect 1 replay forbidden.json
says out '^SB: replayed: ~exists .* is violated$'
test_file deadlock <<'EOF2'
C deadlock
{}
P0(spinlock_t *l, spinlock_t *m)
{
	spin_lock(l);
	rcu_read_lock();
	spin_lock(m);
	rcu_read_unlock();
	spin_unlock(m);
	spin_unlock(l);
}
P1(spinlock_t *l, spinlock_t *m)
{
	spin_lock(m);
	spin_lock(l);
	spin_unlock(l);
	spin_unlock(m);
}
exists (l=7)
EOF2
expect 1 check --trace deadlock.json deadlock.litmus
expect 1 replay deadlock.json
says out '^deadlock: replayed: deadlock$'
says out '^  P1 waits at line 15 for the lock l, which P0 took at line 5 and never gives back$'
says out '^      holds l (since line 5), in an RCU read-side critical section (since line 6)$'

# Another model, also from a file; a bound.
"$lkmc" models --print tso >tso.cat
expect 0 check --model tso.cat --trace tso.json sb.litmus
expect 0 replay tso.json
sed 's/tso.cat/sc/' tso.json >sc.json
expect 2 replay sc.json
says err '^sb.litmus:1:1: error: sc.json does not fit: the model sc does not allow the execution$'

# Formats.
expect 0 replay --format json sb.json
check 'JSON with the state after each step' python3 - <<'EOF2'
import json
walk = json.load(open('out'))
assert walk['locations'] == ['x', 'y'] and walk['initial'] == ['0', '0']
assert len(walk['steps']) == 5 and walk['steps'][-1]['memory'] == ['1', '1']
assert any('y = 1' in buffer for step in walk['steps'] for buffer in step['buffers'])
assert walk['steps'][-1]['buffers'] == [[], []]
assert [s['action'] for s in walk['steps']] == ['buffer', 'perform', 'perform', 'perform', 'drain']
assert walk['nodes'][walk['steps'][0]['event']]['name'] == 'W[once] y = 1'
assert [s['line'] for s in walk['steps']] == [10, 11, 5, 6, 10]
assert walk['sources'] == [{'file': 'sb.litmus', 'lines': open('sb.litmus').read().split('\n')[:-1]}]
EOF2
expect 0 replay --format dot sb.json
says out '^digraph "SB" {$'
check 'four edges of program order and reading' [ "$(grep -c 'label=rf\|weight=10' out)" -eq 4 ]
says out '^}$'
expect 1 replay --format html deadlock.json
says out '^<!DOCTYPE html>$'
check 'what is held, and who waits where' python3 - <<'EOF2'
import json, re
walk = json.loads(re.search('<script type="application/json" id="walk">(.*?)</script>', open('out').read(), re.S)[1])
assert [(s['thread'], s['kind']) for s in walk['spans']] == [(0, 'lock'), (0, 'rcu'), (1, 'lock')]
assert all(s['first'] <= s['last'] == len(walk['steps']) - 1 for s in walk['spans'])
assert [(m['thread'], m['line']) for m in walk['marks']] == [(0, 7), (1, 15)]
EOF2
check 'the page needs nothing else' [ "$(grep -c 'src=\|href=\|https*:' out)" -eq 0 ]

# Traces that cannot be read.
for size in 0 1 20 400 1000; do
  head -c "$size" sb.json >cut.json
  expect 2 replay cut.json
  says err '^cut.json:[0-9]*:[0-9]*: error: '
done
sed 's/"lkmc_trace": 2/"lkmc_trace": 3/' sb.json >newer.json
expect 2 replay newer.json
says err '^newer.json:1:1: error: a trace of version 3; this lkmc reads version 2$'
echo '{"name": "something else"}' >foreign.json
expect 2 replay foreign.json
says err '^foreign.json:1:1: error: this is not a trace of lkmc$'
head -c 3000 /dev/urandom >noise.json
expect 2 replay noise.json
says err '^noise.json:.* error: '
expect 2 replay "$folder"
says err 'error: '

# Traces that do not fit. Empty lines change nothing.
sed 's/"value":1,"file":"sb.litmus","line":5/"value":2,"file":"sb.litmus","line":5/' sb.json >value.json
expect 2 replay value.json
says err '^sb.litmus:5:2: error: value.json does not fit: .* has the value 1, in the trace 2$'
sed 's/"line":5/"line":4/' sb.json >line.json
expect 2 replay line.json
says err 'see events\[2\].line in it$'
sed 's/"action":"drain"/"action":"perform"/' sb.json >schedule.json
expect 2 replay schedule.json
says err 'see schedule\[4\].action in it$'
mv sb.litmus original.litmus
expect 2 replay sb.json
says err '^sb.litmus: error: No such file or directory; it is the program of sb.json'
sed 's/^{}/\n\n{}/' original.litmus >sb.litmus
expect 0 replay sb.json
says err '^sb.litmus: note: it has changed since sb.json was written$'
says out ' line 7 '
sed '6s/READ_ONCE(\*y)/smp_load_acquire(y)/' original.litmus >sb.litmus
expect 2 replay sb.json
is_empty out
says err '^sb.litmus:6:11: error: sb.json does not fit: P0 does a read (acquire) of y here, in the trace a read (once) of y in line 6$'
sed '5s/1)/3)/' original.litmus >sb.litmus
expect 2 replay sb.json
says err '^sb.litmus:5:2: error: sb.json does not fit: .* has the value 3, in the trace 1$'
sed '10d' original.litmus >sb.litmus
expect 2 replay sb.json
says err '^sb.litmus:10:11: error: sb.json does not fit: P1 does a read'
sed 's/0:r0=0/0:r0=1/' original.litmus >sb.litmus
expect 2 replay sb.json
says err 'the execution is no witness of exists'
sed 's/C SB/C other/' original.litmus >sb.litmus
expect 2 replay sb.json
says err 'there is no test SB; there are: other$'
echo frobnicate >sb.litmus
expect 2 replay sb.json
says err '^sb.litmus:1:1: error: '
mv original.litmus sb.litmus

# Walking, on a terminal that python makes: keys go in, and at the end the terminal is as before.
expect 2 replay --step sb.json
says err 'needs a terminal'
cat >walk.py <<'EOF2'
import os, pty, re, select, signal, struct, sys, fcntl, termios
keys, lkmc, trace = sys.argv[1], sys.argv[2], sys.argv[3]
master, slave = pty.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', 30, 150, 0, 0))
before = termios.tcgetattr(slave)
child = os.fork()
if child == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for fd in (0, 1, 2):
        os.dup2(slave, fd)
    os.execv(lkmc, [lkmc, 'replay', '--step', trace])
screens = []
def screen():
    data = b''
    while b'\033[J' not in data:
        if not select.select([master], [], [], 20)[0]:
            sys.exit('no screen')
        data += os.read(master, 65536)
    screens.append(re.sub(r'\033\[[?0-9]*[a-zA-Z]', '', data.decode()).replace('\r\n', '\n'))
screen()
for key in keys:
    os.write(master, {'u': b'\033[A', 'd': b'\033[B', 'c': b'\003', 'z': b'\032'}.get(key, key.encode()))
    if key not in 'qc':
        screen()
status = os.waitpid(child, 0)[1]
rest = os.read(master, 65536).decode()
assert '\033[?25h' in rest and '\033[?1049l' in rest, rest
assert termios.tcgetattr(slave) == before, 'the terminal is not as before'
for text in screens:
    present = [line for line in text.split('\n') if line.startswith('>')]
    print('screen', present[0].split()[1] if present else 0)
print(screens[-1])
sys.exit(128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))
EOF2
walk() { status=0; python3 walk.py "$2" "$lkmc" "$3" >out 2>err || status=$?; check "walk $2: exit status $1, not $status" [ "$status" -eq "$1" ]; }
screens() { check "screens $1" [ "$(sed -n 's/^screen //p' out | tr '\n' ' ')" = "$1 " ]; }
walk 0 'nnnpuq' sb.json
screens '0 1 2 3 2 1'
says out '^memory:   x = 0   y = 0$'
says out '^P1:   store buffer: y = 1$'
says out 'q: quit'
walk 0 'pd nGngq' sb.json
screens '0 0 1 2 3 5 5 0'
walk 0 'Gq' sb.json
says out '^memory:   x = 1   y = 1$'
says out '^Final state: 0:r0=0; 1:r0=0;$'
walk 1 'nnq' deadlock.json
says out '^P0:   store buffer: empty;   holds l (since line 5), in an RCU read-side critical section (since line 6)$'
walk 130 'nc' sb.json
walk 0 'nznq' sb.json
screens '0 1 1 2'

# C++ tests.
command -v "${CXX:=g++}" >/dev/null || { echo 'no C++ compiler: the rest is not tested' && summary && exit; }
export CXX XDG_CACHE_HOME=$folder/cache
cat >several.cc <<'EOF2'
#include "lkmc/expectations.h"
#include "lkmc/litmus.h"
using namespace lkmc;
struct node { shared<int> data; };
LITMUS(expected, violated("as expected")) {
  shared<int> x;
  thread("one", [&] { CHECK_INVARIANT(READ_ONCE(x) == 1, "as expected"); });
}
LITMUS(published) {
  auto &n = make<node>();
  auto &p = make<shared<node *>>();
  thread("writer", [&] { WRITE_ONCE(n.data, 1); WRITE_ONCE(p, &n); });
  thread("reader", [&] {
    rcu_read_lock();
    const value<node *> seen = rcu_dereference(p);
    IF (seen != nullptr) CHECK_INVARIANT(READ_ONCE(seen->data) == 1, "the data is there");
    rcu_read_unlock();
  });
}
LITMUS(race) {
  shared<int> x;
  mutex m;
  thread("one", [&] { mutex_lock(&m); x = 1; mutex_unlock(&m); });
  thread("two", [&] { x = 2; });
}
LITMUS(last) {
  auto &x = make<shared<int>>();
  thread("one", [&] { WRITE_ONCE(x, 1); });
  finally([&] { CHECK_INVARIANT(x == 2, "two in the end"); });
}
LITMUS(abba) {
  spinlock_t a, b;
  thread("one", [&] { spin_lock(&a); spin_lock(&b); spin_unlock(&b); spin_unlock(&a); });
  thread("two", [&] { spin_lock(&b); spin_lock(&a); spin_unlock(&a); spin_unlock(&b); });
}
LITMUS(fine) {
  shared<int> x;
  thread("one", [&] { WRITE_ONCE(x, 1); });
}
EOF2
expect 1 check --trace cpp.json several.cc
expect 1 replay cpp.json
says out '^published: replayed: violated: the data is there (several.cc:16)$'
says out 'in an RCU read-side critical section (since line 14)'
check 'a pointer by its object' grep -q '"value":"node+0"' cpp.json
check 'files, lines and functions' grep -q '"file":"several.cc","line":12,"column":[0-9]*,"function":"[^"]' cpp.json
expect 0 check --test expected --trace cpp.json several.cc
expect 1 replay cpp.json
says out '^expected: replayed: violated: as expected'
expect 1 check --test race --trace cpp.json several.cc
expect 1 replay cpp.json
says out '^race: replayed: data race$'
says out '^      holds .* (since line 23)$'
expect 1 check --test last --trace cpp.json several.cc
expect 1 replay cpp.json
says out '^last: replayed: violated: two in the end (several.cc:29)$'
expect 1 check --test abba --trace cpp.json several.cc
expect 1 replay cpp.json
says out '^abba: replayed: deadlock$'
says out '^  two waits at line 34 for the lock '
walk 1 'Gq' cpp.json
says out '^one: .* holds '

# Large values in hex, but not those that a trace compares.
cat >large.cc <<'EOF'
#include "lkmc/litmus.h"
using namespace lkmc;
LITMUS(large) {
  shared<unsigned> x, y;
  thread("a", [&] {
    WRITE_ONCE(x, 0x40000001u);
    WRITE_ONCE(y, 65535u);
    CHECK_INVARIANT(READ_ONCE(x) == 1, "is one");
  });
}
EOF
expect 1 check --trace large.json large.cc
check 'decimal in the trace' grep -q '"value":1073741825' large.json
expect 1 replay large.json
says out ' x = 0x40000001$'
says out ' y = 65535$'
says out ' reads x = 0x40000001 '

# Memory that the threads allocate is there only once they run.
cat >heap.cc <<'EOF'
#include "lkmc/litmus.h"
using namespace lkmc;
struct item {
  shared<int> key;
  rcu_head rcu;
};
LITMUS(late) {
  shared<item *> first;
  thread("writer", [&] {
    const value<item *> i = kzalloc<item>();
    rcu_assign_pointer(first, i);
    rcu_assign_pointer(first, nullptr);
    kfree_rcu(i);
  });
  thread("reader", [&] {
    const value<item *> i = rcu_dereference(first);
    IF (i != nullptr) exists("read", READ_ONCE(i->key) == 0);
  });
}
// What a callback frees may be what the thread gets before it calls call_rcu().
LITMUS(freed_by_a_callback) {
  shared<item *> first;
  const value<item *> old = kzalloc<item>();
  first = old;
  thread("writer", [&, old] {
    const value<item *> i = kzalloc<item>();
    rcu_assign_pointer(first, i);
    kfree_rcu(old);
  });
  thread("reader", [&] { (void)READ_ONCE(rcu_dereference(first)->key); });
}
EOF
expect 1 check --test late --trace cpp.json heap.cc
says out 'use after free of item@writer.key'
expect 1 replay cpp.json
says out 'use after free of item@writer.key'
expect 1 check --test freed_by_a_callback --trace cpp.json heap.cc
says out 'use after free of item.key'
expect 1 replay cpp.json
says out 'use after free of item.key'

rm cpp.json
expect 0 check --test fine --trace cpp.json several.cc
says err 'no execution to trace'
check 'no trace' [ ! -e cpp.json ]

# A condition of exists() that is reached: in a thread, in finally(), and one that was expected not to be.
cat >reached.cc <<'EOF'
#include "lkmc/litmus.h"
using namespace lkmc;
LITMUS(asked) {
  shared<int> x, y;
  value<int> r0;
  thread("writer", [&] {
    WRITE_ONCE(x, 1);
    WRITE_ONCE(y, 1);
  });
  thread("reader", [&] {
    r0 = READ_ONCE(y);
    const value<int> r1 = READ_ONCE(x);
    exists("early", (r0 == 1) & (r1 == 0));
    exists("never", r1 == 2);
  });
  finally([&] { exists("all in order", r0 == 0); });
}
LITMUS(surprising, unreachable("late")) {
  shared<int> x;
  thread("writer", [&] { WRITE_ONCE(x, 1); });
  thread("reader", [&] { exists("late", READ_ONCE(x) == 0); });
}
LITMUS(long_loop) {
  shared<int> x;
  thread("a", [&] {
    WHILE (READ_ONCE(x) < 12) WRITE_ONCE(x, READ_ONCE(x) + 1);
    exists("counted", true);
  });
}
EOF
for jobs in 1 2; do
  expect 0 check --test asked --jobs $jobs --trace reached.json reached.cc
  expect 0 replay reached.json
  says out '^asked: replayed: reached: all in order$'
done
sed 's/"all in order"/"early"/' reached.json >other.json
expect 2 replay other.json
says err 'reached.cc:1:1: error: other.json does not fit: the execution does not reach "early"$'
expect 1 check --test surprising --trace reached.json reached.cc
expect 0 replay reached.json
says out '^surprising: replayed: reached: late$'
expect 0 check --test long_loop --unroll 20 --trace reached.json reached.cc
expect 0 replay reached.json
says out '^long_loop: replayed: reached: counted$'

# A program that does not come back, by itself or in time.
cat >slow.cc <<'EOF'
#include "lkmc/litmus.h"
#include <unistd.h>
using namespace lkmc;
LITMUS(slow) {
  shared<int> x;
  thread("a", [&] { CHECK_INVARIANT(READ_ONCE(x) == 1, "is one"); });
}
EOF
expect 1 check --trace slow.json slow.cc
sed -i 's/thread("a", .&. {/& if (access("go", F_OK) == 0) for (;;) asm volatile("");/' slow.cc
expect 2 replay slow.json
says err '^slow.cc: error: it, or a header that it includes, has changed since slow.json was written; --run-changed'
is_empty out
expect 1 replay --run-changed slow.json
touch go
expect 2 replay --run-changed slow.json
says err 'slow.cc:1:1: error: slow: '
sed -i 's/for (;;) asm volatile("");/pause();/' slow.cc
expect 3 replay --run-changed --timeout 0.1 slow.json
says err 'slow.cc: inconclusive: slow: the time ran out (--timeout gives more)$'
expect 2 replay --timeout x slow.json
says err 'lkmc: error: --timeout needs a number from 0 to'

# A change of the source, and of a header that it includes.
echo 'constexpr int kValue = 1;' >part.h
sed '3a #include "part.h"' several.cc | sed 's/WRITE_ONCE(n.data, 1)/WRITE_ONCE(n.data, kValue)/' >changed.cc
expect 1 check --trace cpp.json changed.cc
expect 1 replay cpp.json
echo 'constexpr int kValue = 2;' >part.h
expect 2 replay cpp.json
says err '^changed.cc: error: it, or a header that it includes, has changed since cpp.json was written'
check 'nothing else is said' [ "$(wc -l <err)" -eq 1 ]
expect 2 replay --run-changed cpp.json
says err '^changed.cc:13:[0-9]*: error: cpp.json does not fit: .* of writer has the value 2, in the trace 1$'
echo 'constexpr int kValue = 1;' >part.h
sed -i 's/WRITE_ONCE(p, &n)/rcu_assign_pointer(p, \&n)/' changed.cc
expect 2 replay --run-changed cpp.json
says err '^changed.cc: note: it, or a header that it includes, has changed'
says err '^changed.cc:13:[0-9]*: error: cpp.json does not fit: writer does a write (release) of .* here, in the trace a write (once)'
sed -i 's/LITMUS(published)/LITMUS(renamed)/' changed.cc
expect 2 replay --run-changed cpp.json
says err 'there is no test published; there are: expected, renamed, '
sed -i 's/shared<int> data;/shared<int> data; int *wild = nullptr;/; s/auto &p = /*n.wild = 1; auto \&p = /; s/renamed/published/' changed.cc
expect 2 replay --run-changed cpp.json
says err '^changed.cc:1:1: error: published: the test crashed: segmentation fault$'

# A trace names a program of somebody else's: nothing of it runs.
printf '#include "lkmc/litmus.h"\n#include <cstdlib>\nstatic const int ran = system("touch ran");\nLITMUS(published) {}\n' >other.cc
sed 's/changed.cc/other.cc/g' cpp.json >other.json
expect 2 replay other.json
says err '^other.cc: error: .*--run-changed'
check 'it did not run' [ ! -e ran ]

summary
