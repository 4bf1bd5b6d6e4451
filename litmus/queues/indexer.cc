// A hash table that threads put words into by compare-and-swap, each at the first free place from that of its hash on: the "indexer"
// of Flanagan and Godefroid ("Dynamic partial-order reduction for model checking software", POPL 2005). Up to 11 threads never meet.
#include <string>

#include "lkmc/litmus.h"

using namespace lkmc;

namespace {

constexpr int kPlaces = 128;
constexpr int kWords = 4;

void put(array<shared<int>, kPlaces> &table, int word) {
  int place = word * 7 % kPlaces;
  while (true) {
    IF (cmpxchg(&table[place], 0, word) == 0) return;
    place = (place + 1) % kPlaces;
  }
}

void indexer(int threads) {
  auto &table = make<array<shared<int>, kPlaces>>();
  for (int i = 0; i < threads; ++i) {
    thread("P" + std::to_string(i), [&table, i] {
      for (int n = 0; n < kWords; ++n) put(table, 11 * n + i + 1);
    });
  }
}

}  // namespace

LITMUS(indexer_11, holds) { indexer(11); }
LITMUS(indexer_12, holds) { indexer(12); }  // three words meet one of another thread each: who comes first, 2^3
