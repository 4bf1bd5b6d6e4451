// An assertion is about all accesses, marked ones as well: to the memory model this is no race, and KCSAN reports it under
// every configuration.
#include "lkmc/litmus.h"
using namespace lkmc;

static void owner(shared<int> &state) {
  KERNEL_FUNCTION;
  ASSERT_EXCLUSIVE_WRITER(state);
  WRITE_ONCE(state, 1);
}
static void intruder(shared<int> &state) {
  KERNEL_FUNCTION;
  WRITE_ONCE(state, 2);
}

LITMUS(assert_exclusive_writer) {
  auto &state = make<shared<int>>();
  thread("owner", [&] { owner(state); });
  thread("intruder", [&] { intruder(state); });
}
