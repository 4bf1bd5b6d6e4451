// Threads that put messages into a hash table by compare-and-swap (Cormac Flanagan and Patrice Godefroid, "Dynamic Partial-Order
// Reduction for Model Checking Software"): who finds the place taken goes to the next.
//
// Thread t has the messages 11m + t for m from 1 to 4. So threads 0 and 11 have three of them in common, and no others meet; the
// places behind these three are free, since 7 (w + 55) = 7w + 1 modulo 128, and no message is above 55. Who comes first in each of
// the three places makes 2^3 executions of 12 threads, and of fewer there is one.
#include <string>

#include "lkmc/litmus.h"

using namespace lkmc;

namespace {

constexpr int kPlaces = 128, kMessages = 4;

enum class Fault { kNone, kNoExchange };

void insert(array<shared<int>, kPlaces> &table, int message, Fault fault) {
  int place = message * 7 % kPlaces;
  WHILE (true) {
    if (fault == Fault::kNone) {
      IF (cmpxchg(&table[place], 0, message) == 0) break;
    } else {
      IF (READ_ONCE(table[place]) == 0) {
        WRITE_ONCE(table[place], message);
        break;
      }
    }
    place = (place + 1) % kPlaces;
  }
}

void with_indexer(int threads, Fault fault) {
  auto &table = make<array<shared<int>, kPlaces>>();
  for (int t = 0; t < threads; ++t) {
    thread("P" + std::to_string(t), [&table, t, fault] {
      for (int m = 1; m <= kMessages; ++m) insert(table, 11 * m + t, fault);
    });
  }
  finally([&table, threads] {
    value<int> messages = 0;
    for (shared<int> &place : table) messages += value<bool>(place != 0);
    CHECK_INVARIANT(messages == threads * kMessages, "a message is lost");
  });
}

}  // namespace

LITMUS(indexer_11, holds) { with_indexer(11, Fault::kNone); }
LITMUS(indexer_12, holds) { with_indexer(12, Fault::kNone); }
LITMUS(indexer_without_exchange, violated("a message is lost")) { with_indexer(12, Fault::kNoExchange); }
