// SPDX-License-Identifier: Apache-2.0
// What a run does with memory: allocating, freeing, RCU callbacks, and pages that go back (see heap.h).
#include "src/cpp/cpp_test.h"
#include "src/kernel/rcu_callback.h"

namespace lkmc::kernel {
namespace {

// Of what the kernel does by itself: no line of the test stands for it.
SourcePos nowhere(const char* function) { return {.line = 0, .column = 0, .file = nullptr, .function = function}; }

const void* pointer_of(Word word) { return reinterpret_cast<const void*>(static_cast<std::uintptr_t>(word)); }

}  // namespace

Value Run::hidden(Location location, const std::vector<EventIndex>& reads) { return {constant(Program::address_of(location)).expr, reads}; }

// --- allocating -----------------------------------------------------------------------------------------------------------

int Run::add_cache(HeapCache cache) {
  if (phase_ != Phase::kSetup) fail(last_place_, "a kmem_cache is made in the set-up of a test, not by its threads");
  const int ordinal = next_cache_++;
  return test_.learning_ ? test_.heap_.add_cache(std::move(cache)) : test_.heap_.kmem_cache(ordinal);
}

int Run::kmalloc_cache(const HeapCache& cache, const char* function, const Site& site) {
  if (phase_ == Phase::kSetup) {
    if (!test_.learning_) return test_.heap_.kmalloc_cache(cache).value();
    const auto known = test_.heap_.kmalloc_cache(cache);
    if (known) return *known;
    return test_.heap_.add_cache(cache);
  }
  Thread& t = thread(function, site);
  const auto known = test_.heap_.kmalloc_cache(cache);
  if (!known) t.stop_at_bound(position(site));  // to be explored again with the cache
  return *known;
}

// An object with its life, made in the set-up or between explorations.
HeapObject Run::make_heap_object(int cache_index, const std::string& name) {
  const HeapCache& cache = test_.heap_.cache(cache_index);
  const std::size_t first = location_at_.size();
  HeapObject object{.cache = cache_index, .at = make_object(cache.type, cache.size, name, cache.construct, cache.destroy), .contents = {}};
  for (std::size_t l = first; l < location_at_.size(); ++l) {
    const auto location = static_cast<Location>(l);
    object.contents.push_back(location);
    if (test_.locks_.contains(location)) {
      object.has_locks = true;
    } else if (!cache.keeps_contents) {
      set_initial(location, Program::kUninitialised);
    }
  }
  object.life = new_location(nullptr, LocationKind::kVariable);
  test_.locations_.back().name = "life of " + name;
  return object;
}

void* Run::allocate(int cache_index, Content content, const char* function, const Site& site) {
  last_place_ = position(site);
  Heap& heap = test_.heap_;
  const Demand demand{cache_index, phase_ == Phase::kSetup ? kInitThread : wanted_, allocated_[cache_index]};
  if (phase_ == Phase::kSetup) {
    ++allocated_[cache_index];
    if (test_.learning_) {
      HeapObject object = make_heap_object(cache_index, test_.new_name(heap.cache(cache_index).type, ""));
      set_initial(object.life, kAllocated);
      if (content == Content::kZero) {
        for (const Location l : object.contents) set_initial(l, 0);
      }
      heap.add_object(demand, std::move(object));
    } else {
      (void)find_made_object();
      (void)new_location(nullptr, LocationKind::kVariable);  // its life
    }
    return heap.object(*heap.fresh(demand)).at;
  }

  Thread& t = thread(function, site);
  const SourcePos pos = position(site);
  const auto fresh = heap.fresh(demand);
  if (!fresh) t.stop_at_bound(pos);  // to be explored again with the object
  std::vector<Word> candidates{heap.identity(*fresh)};
  const HeapCache& cache = heap.cache(cache_index);
  for (const int o : heap.freed(cache_index)) {
    if (o != *fresh && (cache.keeps_contents || !heap.object(o).has_locks)) candidates.push_back(heap.identity(o));
  }
  const int chosen = heap.with_identity(t.choose(std::move(candidates), pos));
  const HeapObject& object = heap.object(chosen);
  const Value life = hidden(object.life, {});
  if (chosen == *fresh) {
    ++allocated_[cache_index];
    t.write(life, constant(kAllocated), Tag::kOnce, pos);
    if (content == Content::kZero) fill(object, content, {}, site);
  } else {
    const auto is_free = [&](const Value& v) { return t.binary(BinaryOp::kEqual, v, constant(kFree)); };
    (void)t.assume_rmw(
        life, is_free, [&](const Value&) { return constant(kAllocated); },
        cache.free_alloc == FreeAlloc::kOrdered ? Tag::kAcquire : Tag::kOnce, pos);
    if (content == Content::kZero || !cache.keeps_contents) fill(object, content, {}, site);
  }
  return object.at;
}

// Makes the content zero or invalid.
void Run::fill(const HeapObject& object, Content content, const std::vector<EventIndex>& reads, const Site& site) {
  // Rules about the fields do not concern the allocator.
  const auto* begin = static_cast<const std::byte*>(object.at);
  private_.push_back({begin, begin + test_.heap_.cache(object.cache).size, {}});
  for (const Location l : object.contents) {
    if (content == Content::kNone) {
      thread_->poison(hidden(l, reads), Program::kUninitialised, position(site));
    } else if (!test_.locks_.contains(l)) {
      thread_->write(hidden(l, reads), constant(0), Tag::kPlain, position(site));
    }
  }
  private_.pop_back();
}

// --- freeing --------------------------------------------------------------------------------------------------------------

void Run::free(int cache_index, const Value& pointer, const char* function, const Site& site) {
  Thread& t = thread(function, site);
  const SourcePos pos = position(site);
  const Word word = concretize(pointer, pos, Wanted::kAddress);
  const std::string what = std::string("invalid free: ") + function + " of ";
  if (word == 0) {
    if (cache_index == kKmalloc) return;
    fail(site, what + "a null pointer");
  }
  Heap& heap = test_.heap_;
  const auto index = heap.beginning_at(pointer_of(word));
  if (!index) {
    const auto around = heap.around(pointer_of(word));
    fail(site, what + (around ? "a pointer into the middle of " + test_.object_name(heap.object(*around).at)
                              : "a pointer that no allocation has returned"));
  }
  const HeapObject& object = heap.object(*index);
  const HeapCache& cache = heap.cache(object.cache);
  const std::string name = test_.object_name(object.at);
  if (cache_index == kKmalloc ? !cache.name.empty() : object.cache != cache_index) {
    fail(site, what + name + ", which comes from " + (cache.name.empty() ? "kmalloc()" : "the kmem_cache " + cache.name));
  }
  heap.note_free(*index);
  std::erase_if(private_, [&](const Span& s) { return s.begin == object.at; });
  if (!cache.keeps_contents) {
    for (const Location l : object.contents) t.poison(hidden(l, pointer.reads), Program::kFreed, pos);
  }
  const auto is_allocated = [&](const Value& v) { return t.binary(BinaryOp::kEqual, v, constant(kAllocated)); };
  const bool freed = t.try_rmw(
                          hidden(object.life, pointer.reads), is_allocated, [&](const Value&) { return constant(kFree); },
                          cache.free_alloc == FreeAlloc::kOrdered ? Tag::kRelease : Tag::kOnce, pos)
                         .second;
  if (!freed) t.fail_by_last_read(pos, "double free of " + name);
}

void Run::forbid_leaks() {
  if (phase_ != Phase::kSetup) fail(last_place_, "no_leaks() belongs into the set-up of a test");
  test_.forbids_leaks_ = true;
}

// A page of a SLAB_TYPESAFE_BY_RCU cache goes back: perhaps, and after a grace period.
void Run::run_page_allocator() {
  Thread& t = *thread_;
  const SourcePos pos = nowhere("the page allocator");
  std::vector<Word> candidates{-1};
  for (const int o : test_.heap_.freed_type_safe()) candidates.push_back(test_.heap_.identity(o));
  const Word chosen = t.choose(std::move(candidates), pos);
  if (chosen < 0) return;
  const HeapObject& object = test_.heap_.object(test_.heap_.with_identity(chosen));
  const auto is_free = [&](const Value& v) { return t.binary(BinaryOp::kEqual, v, constant(kFree)); };
  (void)t.assume_rmw(
      hidden(object.life, {}), is_free, [&](const Value&) { return constant(kReturned); }, Tag::kAcquire, pos);
  t.fence(Tag::kSyncRcu, pos);
  for (const Location l : object.contents) t.poison(hidden(l, {}), Program::kFreed, pos);
}

// --- RCU callbacks --------------------------------------------------------------------------------------------------------

void Run::call_rcu(const Value& head, void (*function)(value<rcu_head*>), const Site& site) {
  Thread& t = thread("call_rcu()", site);
  const SourcePos pos = position(site);
  const CppTest::Callback* callback = test_.callback(wanted_, next_callback_++);
  if (callback == nullptr) t.stop_at_bound(pos);  // to be explored again with the thread that runs it
  const Word word = to_word(function);
  {
    const std::scoped_lock lock(test_.mutex_);
    test_.callback_functions_.insert(word);
  }
  t.write(hidden(callback->head, {}), head, Tag::kOnce, pos);
  t.write(hidden(callback->function, {}), constant(word), Tag::kRelease, pos);
}

void Run::run_callback(int index) {
  Thread& t = *thread_;
  const CppTest::Callback& callback = test_.callbacks_[static_cast<std::size_t>(index)];
  const SourcePos pos = nowhere("rcu_do_batch");
  const Value function = t.read(hidden(callback.function, {}), Tag::kAcquire, pos);
  t.await_work(t.binary(BinaryOp::kNotEqual, function, constant(0)), pos);
  const Word word = t.concretize(function, pos);
  // The footprint of the test follows paths that no execution takes.
  if (!test_.is_callback_function(word)) t.fail(pos, "an RCU callback is no function");
  const auto call = reinterpret_cast<rcu_callback_t>(static_cast<std::uintptr_t>(word));
  const Value head = t.read(hidden(callback.head, {}), Tag::kOnce, pos);
  t.synchronize_rcu(pos);
  const LockId section{callback.function};
  enter_atomic("an RCU callback", section, {});
  call(value<rcu_head*>::from(head));
  (void)leave_atomic(section);
  t.write(hidden(callback.done, {}), constant(1), Tag::kRelease, pos);
}

void Run::rcu_barrier(const Site& site) {
  might_sleep("rcu_barrier()", site);
  Thread& t = thread("rcu_barrier()", site);
  const SourcePos pos = position(site);
  for (const CppTest::Callback& callback : test_.callbacks_) {
    if (callback.caller == wanted_ && callback.ordinal >= next_callback_) continue;
    const Value function = t.read(hidden(callback.function, {}), Tag::kOnce, pos);
    const Value is_there = t.binary(BinaryOp::kNotEqual, function, constant(0));
    if (!t.branch(is_there)) continue;
    const ControlScope scope(t, is_there);
    const Value done = t.read(hidden(callback.done, {}), Tag::kAcquire, pos);
    t.await(t.binary(BinaryOp::kNotEqual, done, constant(0)), pos, {.what = "a callback of call_rcu()", .looks = done.reads});
  }
}

}  // namespace lkmc::kernel
