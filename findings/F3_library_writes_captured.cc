// WRONG HOLDS, and no error. A captured plain object is changed by code that is not instrumented (libstdc++.so's std::string and streams,
// memset, strcpy, snprintf) or lies in malloc() memory: no "this changes a plain variable outside of the thread", the change is lost.
// Right: that error in each of them. lkmc: all hold but memset_, whose static buffer keeps what a run has left (so the next run finds it).
// In `stale` that makes a wrong Never: right is the error, or lb reachable.
#include "lkmc/litmus.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>
using namespace lkmc;
#define T(name, decl, change, unchanged) LITMUS(name) { shared<int> x; decl thread("A", [&] { WRITE_ONCE(x, 1); change }); finally([&] { CHECK_INVARIANT(unchanged, "A has done nothing"); }); }
T(string_, std::string s;, s = "hello";, s.empty())
T(stream, std::ostringstream s;, s << "hello";, s.str().empty())
T(memset_, static char b[40];, std::memset(b, 1, sizeof b);, !b[0])
T(strcpy_, char b[40] = {};, std::strcpy(b, "hello");, !b[0])
T(snprintf_, char b[40] = {};, std::snprintf(b, 40, "hello");, !b[0])
T(malloc_, int* p = static_cast<int*>(std::calloc(1, 4));, *p = 1;, *p == 0)
static char buffer[40];
static std::string text;
#define S(name, ...) LITMUS(name, reachable("lb")) { shared<int> x, y; value<int> r; thread("A", [&] { r = READ_ONCE(x); __VA_ARGS__ }); thread("B", [&] { value<int> t = READ_ONCE(y); WRITE_ONCE(x, t); }); finally([&] { exists("lb", r == 1); }); }
S(stale, if (!buffer[0]) { WRITE_ONCE(y, 1); std::memset(buffer, 1, sizeof buffer); })
S(stale_string, if (text.empty()) { WRITE_ONCE(y, 1); text = "x"; })
