// FALSE ERRORS. long_loop: "the test does not come back: a loop without end, in which nothing is accessed" after 10 s; it has 200,000 rounds.
// shared_ptr_copy: "this changes a plain variable outside of the thread": the reference count, which is as before when the thread ends.
#include "lkmc/litmus.h"
#include <memory>
using namespace lkmc;
LITMUS(long_loop) { shared<int> x; thread("A", [&] { int v = 0; for (int i = 0; i < 200000; i++) v += i; WRITE_ONCE(x, v); }); thread("B", [&] { (void)READ_ONCE(x); }); }
LITMUS(shared_ptr_copy) { shared<int> x; auto p = std::make_shared<int>(3); thread("A", [&] { auto q = p; WRITE_ONCE(x, *q); }); thread("B", [&] { (void)READ_ONCE(x); }); }
