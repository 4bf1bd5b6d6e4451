#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What reports call the variables of a test, and what they show of its source.
set -u
. "$(dirname "$0")/checks.sh"

export XDG_CACHE_HOME=$folder/cache

cat >names.cc <<'END'
#include "lkmc/expectations.h"
#include "lkmc/litmus.h"
using namespace lkmc;
namespace models {
struct pair_of { shared<int> a, b; };
struct first { struct state { shared<int> x; shared<int> counts[2]; }; };
struct second { struct state { shared<long> z; shared<long> y; shared<int> w; }; };
template <class V, int N>
struct machine {
  typename V::state state;
  array<pair_of, N> v;
  array<shared<int>, N> per_cpu;
  pair_of plain[N];
  shared<int> *pad = nullptr;
};
}
using namespace models;
LITMUS(of_templates, races) {
  auto &m = make<machine<first, 2>>();
  auto &n = make<machine<second, 3>>();
  thread("P0", [&] { m.v[1].b = 1; m.per_cpu[1] = 1; m.plain[0].b = 1; n.state.y = 1; m.state.counts[1] = 1; });
  thread("P1", [&] { m.v[1].b = 2; m.per_cpu[1] = 2; m.plain[0].b = 2; n.state.y = 2; m.state.counts[1] = 2; });
}
LITMUS(of_variables, races) {
  auto &x = make<shared<int>>();
  atomic_t &count = make<atomic_t>();
  auto &cpus = make<array<shared<int>, 2>>();
  shared<int> local, several[2];
  thread("P0", [&] { x = 1; count.counter = 1; cpus[1] = 1; local = 1; several[1] = 1; });
  thread("P1", [&] { x = 2; count.counter = 2; cpus[1] = 2; local = 2; several[1] = 2; });
}
LITMUS(pointers, reachable("there")) {
  auto &m = make<machine<first, 2>>();
  auto &p = make<shared<shared<int> *>>();
  thread("P0", [&] { WRITE_ONCE(p, &m.per_cpu[1]); });
  thread("P1", [&] { value<shared<int> *> q = READ_ONCE(p); exists("there", q != nullptr); });
}
LITMUS(on_one_line, races) {
  auto &x = make<shared<int>>();
  for (int i = 0; i < 2; ++i) thread(i == 0 ? "P0" : "P1", [&x] { value<int> old = x; x = old + 1; });
}
LITMUS(long_line, reachable("both")) {
  auto &x = make<shared<int>>();
  auto &y = make<shared<int>>();
  thread("P0", [&] { WRITE_ONCE(x, 1); });
  thread("P1", [&] { value<int> a_name_that_takes_most_of_what_there_is_room_for_in_a_line = READ_ONCE(y) + READ_ONCE(x); exists("both", a_name_that_takes_most_of_what_there_is_room_for_in_a_line == 1); });
}
END
expect 0 check names.cc
for name in 'machine.v\[1\].b' 'machine.per_cpu\[1\]' 'machine.plain\[0\].b' 'machine#2.state.y' 'machine.state.counts\[1\]' \
  x count 'cpus\[1\]' local 'several\[1\]'; do
  says out "^  data race: $name is written by P0 "
done
check 'no names of the API' [ "$(grep -c -e 'location_' -e 'lkmc::' -e '+0' -e elements_ out)" -eq 0 ]
says out 'p = &machine.per_cpu\[1\]'
says out '^How exists "there" is reached:$'

# Of two accesses in one line the columns are told.
says out '^  data race: x is read by P0 in names.cc:40:[0-9]* and written by P1 in names.cc:40:[0-9]*$'
check 'which differ' python3 -c '
import re
for line in open("out"):
    places = re.findall(r"names.cc:40:(\d+)", line)
    assert not ("read" in line and places) or places[0] != places[1], line'
# Of a long line what matters.
says out '^   2  P1  line 46  ...READ_ONCE(x);  '

# The same names where the file is given by its whole path.
expect 0 check "$folder/names.cc"
says out '  line 40  '
check 'one name of the file' [ "$(grep -c -e ' names.cc:[0-9]' out)" -eq 0 ]

summary
