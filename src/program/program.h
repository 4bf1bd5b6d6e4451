// SPDX-License-Identifier: Apache-2.0
// What a litmus program is to the explorer: shared locations with initial values, and threads to run.
//
// Front ends implement `Program`. The explorer never sees source text: it runs each thread on a fiber (see
// unfolding.h), and the thread says through its `Thread` (see thread.h) which events it performs.
#pragma once

#include <cstdlib>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "src/graph/event.h"
#include "src/program/expr.h"
#include "src/program/trials.h"

namespace lkmc {

class Thread;

struct LocationInfo {
  std::string name;  // as the user wrote it: `x`, `a[2]`, `vma->vm_lock_seq`
  Word initial = 0;
  int element = 0;              // of an array: its index. The elements are consecutive locations
  bool final_is_asked = false;  // by a condition, or to be printed
  // What a race detector sees of it; to a memory model all locations are alike.
  int bytes = 4;          // size of an access
  bool aligned = true;    // at a multiple of its size
  bool is_racy = false;   // qualified as __data_racy
  bool is_ghost = false;  // only in the test: there is no such access in what the test is about
};

// What the source says that orders, or could: see Program::marking.
enum class Operation : std::uint8_t {
  kRead,
  kWrite,
  kRmw,
  kAcquireIf,  // the acquire of a read-modify-write that is one only with some of its results
  kFence,      // a barrier, a grace period, or the beginning of an RCU read-side critical section
};

// How an operation is performed.
struct Marking {
  Tag tag = Tag::kPlain;              // of a fence, kNone: not at all
  bool race_is_meant = false;         // as in data_race()
  std::optional<Tag> fence_before{};  // a fence that the source does not have
};

// A read on a path of a thread; the path is given by the outcomes of its decisions.
struct PathRead {
  ThreadId thread;
  EventIndex read;
  std::vector<Word> outcomes;
};

class Program {
 public:
  virtual ~Program() = default;

  [[nodiscard]] virtual std::span<const LocationInfo> locations() const = 0;
  [[nodiscard]] virtual int thread_count() const = 0;

  // Performs the thread from its start to its end. Called on a fiber, any number of times, possibly from several
  // workers at once; must do the same thing each time as long as `thread` answers the same, and must not catch
  // exceptions it does not know.
  virtual void run(ThreadId id, Thread& thread) const = 0;

  // How an operation that the source has with this tag is performed. As the source says, but for programs that try something
  // else (marked_program.h).
  [[nodiscard]] virtual Marking marking(Operation, Tag tag, const SourcePos&) const { return {.tag = tag}; }

  // Whether the thread could write the location on some path. May err on the side of true.
  [[nodiscard]] virtual bool may_write(ThreadId, Location) const { return true; }

  // Whether may_write() is told by the source, so that it is worth asking what a thread may write behind its loop bound. Where it may be
  // anything, nothing is taken to lie there.
  [[nodiscard]] virtual bool names_what_it_writes() const { return false; }

  // The values that a thread may be made to go on with where it needs an address that is not known yet (see
  // Thread::concretize): all that are no error. Here, the addresses of all locations.
  [[nodiscard]] virtual std::vector<Word> possible_words() const {
    std::vector<Word> words;
    for (std::size_t l = 0; l < locations().size(); ++l) words.push_back(address(static_cast<Location>(l)));
    return words;
  }

  // How many rounds a loop goes at most before its path is given up (Thread::count_round); 0 for programs without such loops.
  [[nodiscard]] virtual int max_rounds() const { return 0; }

  // How many events a thread may perform on one path; for programs that may have loops without end.
  [[nodiscard]] virtual EventIndex max_events() const { return std::numeric_limits<EventIndex>::max(); }

  // Some models allow plain accesses to copy a value round in a circle, so that it comes out of thin air and can be
  // anything. It is then a symbol, equal to nothing but itself. This is the number to call it by, given the reads that
  // return it.
  [[nodiscard]] virtual int number_of_symbol(std::span<const PathRead> reads) const { return reads.front().read; }
  [[nodiscard]] static Word symbol(int number) { return kSymbolBase + number; }
  // The number of a symbol; nothing if the word is none.
  [[nodiscard]] static std::optional<int> symbol_number(Word word) {
    if (word < kSymbolBase || word - kSymbolBase > std::numeric_limits<int>::max()) return std::nullopt;
    return static_cast<int>(word - kSymbolBase);
  }

  // An allocated object that nobody has freed, by the location that says whether it is allocated.
  struct Leak {
    Location life;
    std::string object;
  };
  // Those at the end of an execution with this final memory, if they count as mistakes.
  [[nodiscard]] virtual std::vector<Leak> leaks(std::span<const Word>) const { return {}; }
  // Whether there is memory that is not valid all the time.
  [[nodiscard]] virtual bool allocates() const { return false; }

  // A program may find out while its threads run that it needs more locations or threads than it has told. What was explored
  // is then void, and is explored again after `grow`.
  [[nodiscard]] virtual bool outgrown() const { return false; }
  virtual void grow() const {}

  [[nodiscard]] Trials& trials() const { return *trials_; }

  // What a location holds that must not be read (see Thread::poison): the patterns that the kernel's slab debugging uses.
  static constexpr Word kFreed = 0x6b6b6b6b6b6b6b6b;
  static constexpr Word kUninitialised = 0x5a5a5a5a5a5a5a5a;
  // Memory of this process that values of the program may point into. It lies elsewhere in another process, so a pointer
  // that is to be understood there is written as the name of the memory and an offset.
  struct Memory {
    std::string name;
    Word begin = 0;
    Word size = 0;
  };
  [[nodiscard]] virtual std::vector<Memory> memory() const { return {}; }

  // Addresses are words that no ordinary integer is. The elements of an array follow one another, so that `a + 1` is
  // the address of the next; between what else there is lie gaps that no sensible offset leads across.
  [[nodiscard]] static Word address_of(Location object, Word element = 0) { return kAddressBase + kAddressGap * object + element; }
  [[nodiscard]] Word address(Location location) const {
    const int element = locations()[static_cast<std::size_t>(location)].element;
    return address_of(location - element, element);
  }
  // The location at an address; nothing if the word is no address of this program.
  [[nodiscard]] std::optional<Location> location_at(Word address) const {
    if (address < kAddressBase) return std::nullopt;
    const Word offset = address - kAddressBase;
    if (offset / kAddressGap >= static_cast<Word>(locations().size())) return std::nullopt;
    const Word element = offset % kAddressGap;
    const Word location = offset / kAddressGap + element;
    if (location >= static_cast<Word>(locations().size())) return std::nullopt;
    if (locations()[static_cast<std::size_t>(location)].element != element) return std::nullopt;
    return static_cast<Location>(location);
  }
  // Where an address that is no location leads: to a location and an offset, such as `x + 1`; empty if it is no address.
  [[nodiscard]] std::string place_at(Word address) const {
    if (address < kAddressBase - kAddressGap / 2) return {};
    const Word object = (address - kAddressBase + kAddressGap / 2) / kAddressGap;
    if (object >= static_cast<Word>(locations().size())) return {};
    const Word offset = address - address_of(static_cast<Location>(object));
    return locations()[static_cast<std::size_t>(object)].name + (offset < 0 ? " - " : " + ") + std::to_string(std::abs(offset));
  }

 private:
  std::shared_ptr<Trials> trials_ = std::make_shared<Trials>();
};

}  // namespace lkmc
