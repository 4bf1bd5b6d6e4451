#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the API in C++ does not accept is told in one line each, at its place in the test.
set -u
. "$(dirname "$0")/checks.sh"

export XDG_CACHE_HOME=$folder/cache
command -v g++ >/dev/null || { echo 'no g++: nothing to test' && summary && exit; }
export CXX=g++

# cpp_file NAME: writes stdin to NAME.cc behind what each test includes; the first line is line 5.
kinds='struct node { shared<int> x; shared<long> wide; int plain; }; struct other { shared<int> x; }; struct ends { shared<node *> n; shared<other *> o; };'
cpp_file() {
  { printf '#include "lkmc/expectations.h"\n#include "lkmc/litmus.h"\nusing namespace lkmc;\n%s\n' "$kinds" && cat; } >"$1.cc"
}

# refused NAME LINE MESSAGE: lkmc does not take the file, and there is one error to read.
refused() {
  expect 2 check "$1.cc"
  check "one message about $1" [ "$(grep -c 'error: ' err)" -eq 1 ]
  says err "^$1.cc:$2:[0-9]*: error: .*$3"
}
nothing_else() { check 'nothing but errors' [ "$(grep -v -c 'error: ' err)" -eq 0 ]; }

# in_thread NAME CODE MESSAGE: a thread with this code is refused, and that is all.
in_thread() {
  cpp_file "$1" <<EOF
LITMUS(t) {
  auto &n = make<node>();
  thread("a", [&] { $2 });
}
EOF
  refused "$1" 7 "$3"
  nothing_else
}
in_thread plain_write 'WRITE_ONCE(n.plain, 1);' 'declare it as shared<T>'
in_thread plain_read 'value<int> r = READ_ONCE(n.plain);' 'declare it as shared<T>'
in_thread plain_release 'smp_store_release(&n.plain, 1);' 'declare it as shared<T>'
in_thread plain_acquire 'value<int> r = smp_load_acquire(&n.plain);' 'declare it as shared<T>'
in_thread pointers 'value<node *> p = nullptr; value<other *> q = nullptr; IF (p == q) barrier();' 'pointers of different types are compared'

cpp_file bare_int <<'EOF'
LITMUS(t) {
  auto &n = make<node>();
  thread("a", [&] { int r = READ_ONCE(n.x); });
}
EOF
refused bare_int 7 'declare the variable as value<int>, or take the number with raw()'
nothing_else

cpp_file copies <<'EOF'
LITMUS(t) {
  auto &x = make<shared<int>>();
  thread("a", [=] { value<int> r = READ_ONCE(x); });
}
EOF
refused copies 7 'cannot be copied: let the lambda capture it by reference, \[&\]'
nothing_else
cpp_file writes_to_a_copy <<'EOF'
LITMUS(t) {
  auto &n = make<node>();
  thread("a", [=] { WRITE_ONCE(n.x, 1); });
}
EOF
expect 2 check writes_to_a_copy.cc
says err '^writes_to_a_copy.cc:7:[0-9]*: error: .*capture it by reference, \[&\]$'
nothing_else

cpp_file fitting_pointers <<'EOF'
LITMUS(t) {
  auto &e = make<ends>();
  auto &n = make<node>();
  thread("a", [&] {
    value<node *> p = READ_ONCE(e.n);
    IF (p == nullptr || p == &n || p == e.n) barrier();
  });
}
EOF
expect 0 check fitting_pointers.cc

# Other errors of the file are not hidden.
cpp_file mixed <<'EOF'
LITMUS(t) {
  auto &n = make<node>();
  thread("a", [&] { WRITE_ONCE(n.plain, 1); });
  undeclared();
}
EOF
expect 2 check mixed.cc
says err 'error: .*undeclared'

# Expectations that name nothing are met by nothing, or by anything.
for expectation in violated reachable unreachable; do
  cpp_file "nameless_$expectation" <<EOF
LITMUS(t, $expectation("")) {
  auto &n = make<node>();
  thread("a", [&] { WRITE_ONCE(n.x, 1); });
}
EOF
  refused "nameless_$expectation" 5 'an expectation names nothing'
  nothing_else
done

# One variable, two sizes.
cpp_file sizes <<'EOF'
LITMUS(marked) {
  auto &n = make<node>();
  thread("a", [&] { WRITE_ONCE(*reinterpret_cast<shared<int> *>(&n.wide), 1); });
}
LITMUS(plain) {
  auto &n = make<node>();
  thread("a", [&] {
    shared<char> &low = reinterpret_cast<shared<char> &>(n.wide);
    value<char> r = low;
  });
}
LITMUS(atomic) {
  auto &n = make<node>();
  thread("a", [&] { (void)xchg(reinterpret_cast<shared<int> *>(&n.wide), 1); });
}
EOF
expect 1 check sizes.cc
says out '^marked: violated: accesses of different sizes: node.wide has 8 bytes, this access 4; lkmc has no model of that (sizes.cc:7) '
says out '^plain: violated: accesses of different sizes: node.wide has 8 bytes, this access 1; .* (sizes.cc:13) '
says out '^atomic: violated: accesses of different sizes: node.wide has 8 bytes, this access 4; '

summary
