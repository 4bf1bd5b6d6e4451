#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `lkmc check FILE.cc`: compiling, verdicts, expectations, and tests that crash, hang or eat all memory.
set -u
. "$(dirname "$0")/checks.sh"

# Its own cache, and a compiler that counts how often it compiles, which is more than to preprocess or to say what it would do.
export XDG_CACHE_HOME=$folder/cache
export HOME=$folder
real=
for candidate in g++ clang++; do
  if command -v "$candidate" >/dev/null; then
    real=$(command -v "$candidate")
    break
  fi
done
[ -n "$real" ] || { echo 'no C++ compiler: nothing to test' && summary && exit; }
cat >cxx <<EOF2
#!/bin/sh
case " \$* " in
  *' -shared '*) echo compiled >>"$folder/compilations" ;;
esac
exec "$real" "\$@"
EOF2
chmod +x cxx
export CXX=$folder/cxx
compilations() { wc -l <compilations; }

# cpp_file NAME: writes stdin to NAME.cc behind what each test includes.
cpp_file() {
  { printf '#include "lkmc/expectations.h"\n#include "lkmc/litmus.h"\nusing namespace lkmc;\n' && cat; } >"$1.cc"
}

# Message passing, with and without acquire; the first line is line 4.
cpp_file mp <<'EOF2'
LITMUS(good) {
  shared<int> data, flag;
  thread("writer", [&] { WRITE_ONCE(data, 1); smp_store_release(&flag, 1); });
  thread("reader", [&] {
    IF (smp_load_acquire(&flag) == 1) {
      CHECK_INVARIANT(READ_ONCE(data) == 1, "the flag comes after the data");
    }
  });
}
LITMUS(bad) {
  shared<int> data, flag;
  thread("writer", [&] { WRITE_ONCE(data, 1); smp_store_release(&flag, 1); });
  thread("reader", [&] {
    IF (READ_ONCE(flag) == 1) {
      CHECK_INVARIANT(READ_ONCE(data) == 1, "the flag comes after the data");
    }
  });
}
EOF2
expect 1 check mp.cc
says out '^good: holds ([0-9]* executions)$'
says out '^bad: violated: the flag comes after the data (mp.cc:18) '
says out '^ *[0-9]*  reader .*WRITE_ONCE\|reader  *line 18 '
is_empty err
check 'one compilation' [ "$(compilations)" -eq 1 ]

# The second time the object is there; a change of the file makes another.
expect 0 check --test good mp.cc
says out '^good: holds'
check 'only one test' [ "$(grep -c '^bad' out)" -eq 0 ]
check 'no second compilation' [ "$(compilations)" -eq 1 ]
echo 'int changed;' >>mp.cc
expect 1 check mp.cc
check 'a compilation of the changed file' [ "$(compilations)" -eq 2 ]
expect 2 check --test frobnicate mp.cc
says err '^mp.cc:1:1: error: there is no test frobnicate; there are: good, bad$'
is_empty out
expect 0 check --model sc mp.cc

# What a file includes counts as well.
echo 'constexpr int kValue = 0;' >part.h
cpp_file includes <<'EOF2'
#include "part.h"
LITMUS(included) {
  shared<int> x;
  thread("one", [&] { CHECK_INVARIANT(READ_ONCE(x) == kValue, "the initial value"); });
}
EOF2
expect 0 check includes.cc
echo 'constexpr int kValue = 1;' >part.h
expect 1 check includes.cc

# Compile errors are the compiler's.
cpp_file syntax <<'EOF2'
LITMUS(wrong) { frobnicate(); }
EOF2
expect 2 check syntax.cc mp.cc
says err '^syntax.cc:4:17: error: .*frobnicate'
says out '^good: holds'
CXX=$folder/missing expect 2 check syntax.cc
says err '^syntax.cc:1:1: error: cannot run the C++ compiler'
echo 'void frobnicate(); static int x = (frobnicate(), 1);' >unresolved.cc
expect 2 check unresolved.cc
says err '^unresolved.cc:1:1: error: .*undefined symbol'
echo 'int main() {}' >program.cc
expect 2 check program.cc
says err '^program.cc:1:1: error: there is no LITMUS'

# Tests that end the process: one line each, and the next test is checked all the same.
cpp_file crash <<'EOF2'
#include <cstdlib>
#include <stdexcept>
#include <vector>
LITMUS(segfault) {
  thread("one", [&] { volatile int *volatile p = nullptr; *p = 1; });
}
LITMUS(uncaught) {
  thread("one", [&] { throw std::runtime_error("frobnicated"); });
}
LITMUS(exits) {
  thread("one", [&] { std::exit(0); });
}
LITMUS(memory) {
  static std::vector<std::vector<int>> kept;
  thread("one", [&] { for (;;) kept.emplace_back().reserve(1 << 22); });
}
LITMUS(fine) {
  shared<int> x;
  thread("one", [&] { WRITE_ONCE(x, 1); });
}
EOF2
expect 2 check --memory 512 crash.cc
says err '^crash.cc:7:1: error: segfault: the test crashed: segmentation fault'
says err '^crash.cc:10:1: error: uncaught: an exception that nobody catches: frobnicated$'
says err '^crash.cc:13:1: error: exits: the test ended the program with exit status 0$'
says err '^crash.cc:16:1: error: memory: out of memory'
says out '^fine: holds (1 execution)$'
check 'one line for each' [ "$(wc -l <err)" -eq 4 ]

# A loop without accesses, in which no signal gets through to say so.
cpp_file hang <<'EOF2'
#include <signal.h>
LITMUS(hang) {
  thread("one", [&] {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, nullptr);
    for (volatile bool on = true; on;) {}
  });
}
EOF2
expect 2 check --test none hang.cc  # it is compiled
expect 3 check --timeout 10 hang.cc
says err '^hang.cc:5:1: inconclusive: hang: the time ran out (--timeout gives more)$'
is_empty out

# What was found is told when the time ends.
cpp_file endless <<'EOF2'
LITMUS(endless) {
  auto &x = make<shared<int>>();
  auto &y = make<shared<int>>();
  for (int i = 0; i < 7; ++i) {
    thread("one", [&] {
      CHECK_INVARIANT(READ_ONCE(x) == 77, "it is 77");
      WRITE_ONCE(x, 1);
      WRITE_ONCE(y, READ_ONCE(x));
      WRITE_ONCE(x, READ_ONCE(y));
    });
  }
}
EOF2
expect 2 check --test none endless.cc  # it is compiled
expect 1 check --timeout 3 endless.cc
says out '^endless: violated: it is 77 .*; inconclusive: the time ran out'

# Data races, final states, conditions that can be reached.
cpp_file race <<'EOF2'
LITMUS(race) {
  shared<int> x;
  thread("one", [&] { x = 1; });
  thread("two", [&] { WRITE_ONCE(x, 2); });
  thread("three", [&] { exists("two", READ_ONCE(x) == 2); exists("three", READ_ONCE(x) == 3); });
}
LITMUS(last) {
  auto &x = make<shared<int>>();
  thread("one", [&] { WRITE_ONCE(x, 1); });
  finally([&] { CHECK_INVARIANT(x == 2, "two in the end"); });
}
EOF2
expect 1 check race.cc
says out '^race: data race ([0-9]* executions)$'
says out '^  exists "two": reachable ('
says out '^  exists "three": not reachable$'
says out '^  data race: .* is written by one in race.cc:6 and read (marked) by three in race.cc:8$'
says out '^last: violated: two in the end (race.cc:13) (1 execution)$'

# A deadlock.
cpp_file deadlock <<'EOF2'
struct Waiter {
  static void wait(shared<int> &x) {
    const auto site = kernel::Site::current();
    const value<int> v = READ_ONCE(x);
    kernel::Run::current("wait").thread("wait").await((v == 1).symbolic(), kernel::position(site));
  }
};
LITMUS(waits) {
  shared<int> x;
  thread("one", [&] { Waiter::wait(x); });
}
LITMUS(waits_as_expected, deadlocks) {
  shared<int> x;
  thread("one", [&] { Waiter::wait(x); });
}
EOF2
expect 1 check deadlock.cc
says out '^waits: deadlock ('
says out '^    one waits at line [0-9]* for a value that never comes$'
expect 0 check --test waits_as_expected deadlock.cc
says out '^waits_as_expected: deadlock .*, as expected$'

# Who holds what others wait for.
cpp_file holders <<'EOF2'
LITMUS(abba) {
  auto &m = make<mutex>();
  auto &s = make<rw_semaphore>();
  thread("one", [&] {
    mutex_lock(&m);
    down_write(&s);
    up_write(&s);
    mutex_unlock(&m);
  });
  thread("two", [&] {
    down_read(&s);
    mutex_lock(&m);
    mutex_unlock(&m);
    up_read(&s);
  });
}
LITMUS(itself) {
  auto &m = make<mutex>();
  thread("one", [&] {
    mutex_lock(&m);
    mutex_lock(&m);
  });
}
LITMUS(lost) {
  auto &wq = make<wait_queue_head_t>();
  shared<int> ready;
  thread("one", [&] { wait_event(wq, READ_ONCE(ready) == 1); });
  thread("two", [&] {
    WRITE_ONCE(ready, 1);
    IF (waitqueue_active(&wq)) wake_up(&wq);
  });
}
EOF2
expect 1 check holders.cc
says out '^    one waits at line 9 for the lock s, which two took at line 14 and never gives back$'
says out '^    two waits at line 15 for the lock m, which one took at line 8 and never gives back$'
says out '^    one waits at line 24 for the lock .*, which it took at line 23 and never gives back (possible recursive locking detected)$'
says out '^    one waits at line 30 for a wake-up that never comes$'

# Expectations.
cpp_file expected <<'EOF2'
static void race(bool check) {
  static bool checks;
  checks = check;
  auto &x = make<shared<int>>();
  thread("one", [&] { x = 1; });
  thread("two", [&] { WRITE_ONCE(x, 2); });
  finally([&] { if (checks) CHECK_INVARIANT(x == 2, "two in the end"); });
}
LITMUS(met, races, violated("two in the end")) { race(true); }
LITMUS(surprise, races) { race(true); }
LITMUS(unmet, races, violated("frobnicated")) { race(false); }
LITMUS(no_race, holds) { race(false); }
LITMUS(reached, reachable("one"), unreachable("two"), holds) {
  shared<int> x;
  thread("one", [&] { WRITE_ONCE(x, 1); exists("one", READ_ONCE(x) == 1); exists("two", READ_ONCE(x) == 2); });
}
EOF2
expect 0 check --test met expected.cc
says out '^met: violated: .*; data race (.*), as expected$'
expect 0 check --test reached expected.cc
says out '^reached: holds (1 execution), as expected$'
expect 1 check --test surprise expected.cc
expect 1 check --test unmet expected.cc
says out '^unmet: data race (.*), expected: violated "frobnicated"$'
expect 1 check --test no_race expected.cc
says out 'expected: holds$'

# Bounds, and one JSON object for each test.
expect 3 check --max-executions 1 --test good mp.cc
says out '^good: inconclusive: .*--max-executions'
expect 1 check --format json expected.cc race.cc
check 'one line for each test' [ "$(wc -l <out)" -eq 7 ]
check 'JSON' python3 -c 'import json; t = [json.loads(line) for line in open("out")]; assert t[0]["name"] == "met" and t[0]["verdict"] == "holds" and t[0]["violations"][0]["line"] == 10, t[0]'

# The tests that come with lkmc meet their expectations.
for file in "$start"/litmus/vma/detached.cc; do
  expect 0 check "$file"
  check "all tests of $file" [ "$(grep -c ', as expected$' out)" -eq "$(grep -c '^LITMUS(' "$file")" ]
done

# A loop that tries again does not go to its bound: the first round that fails is kept, others are as if they had not been. One that
# backs off is followed until the delay stays as it is.
cat >rounds.cc <<'EOF'
#include "lkmc/litmus.h"
using namespace lkmc;
LITMUS(takes) {
  auto& lock = make<shared<int>>();
  lock = 1;
  thread("holder", [&lock] { smp_store_release(&lock, 0); });
  thread("taker", [&lock] { WHILE (cmpxchg_acquire(&lock, 0, 1) != 0) cpu_relax(); });
}
LITMUS(backs_off) {
  auto& lock = make<shared<int>>();
  lock = 1;
  thread("holder", [&lock] { smp_store_release(&lock, 0); });
  thread("taker", [&lock] {
    unsigned delay = 1;
    WHILE (cmpxchg_acquire(&lock, 0, 1) != 0) {
      if (delay < 4) delay *= 2;
    }
  });
}
LITMUS(contended) {
  auto& lock = make<shared<int>>();
  lock = 1;
  thread("holder", [&lock] { smp_store_release(&lock, 0); });
  thread("taker", [&lock] {
    bool contended = false;
    WHILE (cmpxchg_acquire(&lock, 0, 1) != 0) contended = true;
    exists("contended", contended);
    exists("not contended", !contended);
  });
}
LITMUS(gives_up_late, reachable("gives up")) {
  auto& lock = make<shared<int>>();
  lock = 1;
  thread("holder", [&lock] { smp_store_release(&lock, 0); });
  thread("taker", [&lock] {
    int rounds = 0;
    WHILE (cmpxchg_acquire(&lock, 0, 1) != 0) {
      if (++rounds != 64) continue;
      exists("gives up", true);
      return;
    }
  });
}
EOF
expect 0 check --test takes rounds.cc
says out '^takes: holds (2 executions)$'
expect 0 check --test backs_off rounds.cc
says out '^backs_off: holds (3 executions)$'  # in the third round the delay stays
expect 0 check --test contended rounds.cc
says out '"contended": reachable'
says out '"not contended": reachable'
expect 3 check --test gives_up_late rounds.cc
expect 0 check --unroll 70 --test gives_up_late rounds.cc

# A loop that waits does so in whatever way it is written: the flag is seen at once, or after one round that fails, which is kept, and
# what is read behind it is new or old. Who reads before the loop begins has one round more.
cat >waits.cc <<'EOF'
#include "lkmc/litmus.h"
using namespace lkmc;
struct cells { shared<int> flag, data, other; };
template <class F>
void waits(F wait) {
  auto& m = make<cells>();
  thread("setter", [&m] { WRITE_ONCE(m.data, 1); smp_store_release(&m.flag, 1); });
  thread("waiter", [&m, wait] { wait(m); exists("new", READ_ONCE(m.data) == 1); });
}
#define WAITS(name, ...) LITMUS(name) { waits([](cells& m) { __VA_ARGS__ }); }
bool is_set(cells& m) { return bool(READ_ONCE(m.flag)); }
WAITS(in_while, while (!READ_ONCE(m.flag)) ;)
WAITS(in_capitals, WHILE (!READ_ONCE(m.flag)) cpu_relax();)
WAITS(with_break, while (1) { if (READ_ONCE(m.flag)) break; cpu_relax(); })
WAITS(with_continue, for (;;) { if (!READ_ONCE(m.flag)) continue; break; })
WAITS(with_return, for (;;) { value<int> r = READ_ONCE(m.flag); if (r == 1) return; })
WAITS(in_do, value<int> r; do r = READ_ONCE(m.flag); while (!r);)
WAITS(in_for, for (value<int> r = 0; !r; r = READ_ONCE(m.flag)) cpu_relax();)
WAITS(with_goto, again: if (!READ_ONCE(m.flag)) goto again;)
WAITS(in_switch, again: switch (READ_ONCE(m.flag)) { case 0: goto again; default: break; })
WAITS(by_number, while (raw(READ_ONCE(m.flag)) == 0) cpu_relax();)
WAITS(by_function, while (!is_set(m)) cpu_relax();)
WAITS(by_lambda, auto set = [&m] { return READ_ONCE(m.flag) == 1; }; while (!set()) cpu_relax();)
WAITS(by_bool, bool set = false; while (!set) { if (READ_ONCE(m.flag)) set = true; })
WAITS(for_one_of_two, while (!READ_ONCE(m.flag) && READ_ONCE(m.other) == 0) cpu_relax();)
WAITS(read_before, value<int> r = READ_ONCE(m.flag); while (!r) { cpu_relax(); r = READ_ONCE(m.flag); })
EOF
expect 0 check waits.cc
check 'all wait' [ "$(grep -c ': holds (4 executions)$' out)" -eq 14 ]
says out '^read_before: holds (6 executions)$'

# So does one that takes a lock; and who waits in vain is told of.
cat >takes.cc <<'EOF'
#include "lkmc/litmus.h"
using namespace lkmc;
struct cells { shared<int> lock, data; };
template <class F>
void takes(F take) {
  auto& m = make<cells>();
  for (const char* name : {"a", "b"}) {
    thread(name, [&m, take] { take(m); WRITE_ONCE(m.data, READ_ONCE(m.data) + 1); smp_store_release(&m.lock, 0); });
  }
  finally([&m] { CHECK_INVARIANT(m.data == 2, "both are counted"); });
}
#define TAKES(name, ...) LITMUS(name, holds) { takes([](cells& m) { __VA_ARGS__ }); }
TAKES(in_while, while (cmpxchg(&m.lock, 0, 1) != 0) cpu_relax();)
TAKES(with_break, while (1) { if (!cmpxchg(&m.lock, 0, 1)) break; })
TAKES(with_try, value<int> old = 0; while (!try_cmpxchg(&m.lock, &old, 1)) old = 0;)
TAKES(in_do, value<int> old; do { old = 0; } while (!try_cmpxchg(&m.lock, &old, 1));)
TAKES(looks_first, for (;;) { while (READ_ONCE(m.lock)) cpu_relax(); if (cmpxchg(&m.lock, 0, 1) == 0) break; })
LITMUS(in_vain, deadlocks) {
  auto& m = make<cells>();
  thread("a", [&m] { while (!READ_ONCE(m.lock)) cpu_relax(); });
  thread("b", [&m] { WRITE_ONCE(m.data, 1); });
}
EOF
expect 0 check takes.cc
check 'all come out as expected' [ "$(grep -c 'as expected$' out)" -eq 6 ]

# Options for the other kind of file.
expect 2 check --format herd mp.cc
expect 2 check --test SB sb.litmus

summary
