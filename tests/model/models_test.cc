// SPDX-License-Identifier: Apache-2.0
// What the built-in models allow: the classic shapes with the fences of the kernel, and that each model is weaker than
// the one before it.
#include <doctest/doctest.h>

#include <random>
#include <string>

#include "tests/model/execution_builder.h"
#include "tests/model/random_execution.h"

namespace lkmc {
namespace {

constexpr Location kX = 0, kY = 1;

struct Models {
  Model lkmm = loaded("lkmm"), pso = loaded("pso"), tso = loaded("tso"), sc = loaded("sc");
};

// The models that allow the execution, strongest last.
std::string allowed_by(const ExecutionBuilder& b) {
  static const Models models;
  const reference::Execution x = b.build();
  std::string result;
  for (const auto& [name, model] :
       {std::pair{"lkmm", &models.lkmm}, std::pair{"pso", &models.pso}, std::pair{"tso", &models.tso}, std::pair{"sc", &models.sc}}) {
    if (reference::judge(*model, x).consistent()) result += (result.empty() ? "" : " ") + std::string(name);
  }
  return result.empty() ? "none" : result;
}

// What a model says of it: the axioms it violates; or, if it is consistent, the flags after a bar.
std::string says(const Model& model, const ExecutionBuilder& b) {
  const reference::Verdict verdict = reference::judge(model, b.build());
  return verdict.consistent() ? "|" + names_of(model, verdict.raised) : names_of(model, verdict.violated);
}
std::string lkmm_says(const ExecutionBuilder& b) {
  static const Model lkmm = loaded("lkmm");
  return says(lkmm, b);
}

using Between = void (*)(ExecutionBuilder&, ThreadId);
void nothing(ExecutionBuilder&, ThreadId) {}
template <Tag tag>
void fence(ExecutionBuilder& b, ThreadId thread) {
  b.fence(thread, tag);
}

// Both threads write one variable and read the other; both reads miss the writes.
ExecutionBuilder store_buffering(Between first, Between second) {
  ExecutionBuilder b;
  const int ix = b.init(kX), iy = b.init(kY);
  const int wx = b.write(0, kX);
  first(b, 0);
  const int ry = b.read(0, kY);
  const int wy = b.write(1, kY);
  second(b, 1);
  const int rx = b.read(1, kX);
  b.co({ix, wx});
  b.co({iy, wy});
  b.rf(iy, ry);
  b.rf(ix, rx);
  return b;
}

TEST_CASE("store buffering") {
  CHECK(allowed_by(store_buffering(nothing, nothing)) == "lkmm pso tso");
  CHECK(allowed_by(store_buffering(fence<Tag::kMb>, nothing)) == "lkmm pso tso");
  CHECK(allowed_by(store_buffering(fence<Tag::kMb>, fence<Tag::kMb>)) == "none");
  CHECK(allowed_by(store_buffering(fence<Tag::kSyncRcu>, fence<Tag::kMb>)) == "none");
  CHECK(allowed_by(store_buffering(fence<Tag::kWmb>, fence<Tag::kRmb>)) == "lkmm pso tso");
  CHECK(allowed_by(store_buffering(fence<Tag::kBeforeAtomic>, fence<Tag::kMb>)) == "lkmm pso tso");
  CHECK(lkmm_says(store_buffering(fence<Tag::kMb>, fence<Tag::kMb>)) == "propagation");
}

// A read-modify-write of a third location between the accesses.
template <Tag tag>
void atomic_operation(ExecutionBuilder& b, ThreadId thread) {
  const int r = b.read(thread, 2 + thread, tag);
  const int w = b.write(thread, 2 + thread, tag);
  b.rmw(r, w);
}
template <Tag tag>
void failed_atomic_operation(ExecutionBuilder& b, ThreadId thread) {
  b.in_rmw(b.read(thread, 2 + thread, tag));
}

TEST_CASE("read-modify-writes as fences") {
  // Only a fully ordered one is a fence to the kernel; to TSO and PSO each is, as on x86, but not one that failed.
  CHECK(allowed_by(store_buffering(atomic_operation<Tag::kMb>, atomic_operation<Tag::kMb>)) == "none");
  CHECK(allowed_by(store_buffering(atomic_operation<Tag::kOnce>, atomic_operation<Tag::kOnce>)) == "lkmm");
  CHECK(allowed_by(store_buffering(failed_atomic_operation<Tag::kMb>, failed_atomic_operation<Tag::kMb>)) == "lkmm pso tso");
  const Between with_fence = [](ExecutionBuilder& b, ThreadId thread) {
    b.fence(thread, Tag::kBeforeAtomic);
    atomic_operation<Tag::kNoreturn>(b, thread);
  };
  CHECK(allowed_by(store_buffering(with_fence, with_fence)) == "none");
}

TEST_CASE("a thread reads its own write early") {
  ExecutionBuilder b;
  const int ix = b.init(kX), iy = b.init(kY);
  const int wx = b.write(0, kX), own_x = b.read(0, kX), ry = b.read(0, kY);
  const int wy = b.write(1, kY), own_y = b.read(1, kY), rx = b.read(1, kX);
  b.co({ix, wx});
  b.co({iy, wy});
  b.rf(wx, own_x);
  b.rf(wy, own_y);
  b.rf(iy, ry);
  b.rf(ix, rx);
  CHECK(allowed_by(b) == "lkmm pso tso");
}

// Data, then a flag; the reader sees the flag and not the data.
ExecutionBuilder message_passing(Between writer, Between reader, Tag data = Tag::kOnce, Tag set = Tag::kOnce, Tag get = Tag::kOnce) {
  ExecutionBuilder b;
  const int ix = b.init(kX), iy = b.init(kY);
  const int wx = b.write(0, kX, data);
  writer(b, 0);
  const int wy = b.write(0, kY, set);
  const int ry = b.read(1, kY, get);
  reader(b, 1);
  const int rx = b.read(1, kX, data);
  b.co({ix, wx});
  b.co({iy, wy});
  b.rf(wy, ry);
  b.rf(ix, rx);
  return b;
}

TEST_CASE("message passing") {
  CHECK(allowed_by(message_passing(nothing, nothing)) == "lkmm pso");
  CHECK(allowed_by(message_passing(fence<Tag::kWmb>, nothing)) == "lkmm");
  CHECK(allowed_by(message_passing(nothing, fence<Tag::kRmb>)) == "lkmm pso");
  CHECK(allowed_by(message_passing(fence<Tag::kWmb>, fence<Tag::kRmb>)) == "none");
  CHECK(allowed_by(message_passing(nothing, nothing, Tag::kOnce, Tag::kRelease, Tag::kAcquire)) == "none");
  CHECK(allowed_by(message_passing(nothing, nothing, Tag::kOnce, Tag::kRelease, Tag::kOnce)) == "lkmm");
  CHECK(allowed_by(message_passing(nothing, nothing, Tag::kOnce, Tag::kAcquire, Tag::kRelease)) == "lkmm pso");
  CHECK(lkmm_says(message_passing(fence<Tag::kWmb>, fence<Tag::kRmb>)) == "happens-before");
}

TEST_CASE("data races are flagged, and ordered plain accesses see each other") {
  CHECK(lkmm_says(message_passing(nothing, nothing, Tag::kPlain)) == "|data-race");
  CHECK(lkmm_says(message_passing(nothing, nothing, Tag::kPlain, Tag::kRelease, Tag::kAcquire)) == "plain-coherence");
  // The same, but the reader sees the data: consistent, and no race.
  ExecutionBuilder b;
  const int ix = b.init(kX), iy = b.init(kY);
  const int wx = b.write(0, kX, Tag::kPlain), wy = b.write(0, kY, Tag::kRelease);
  const int ry = b.read(1, kY, Tag::kAcquire), rx = b.read(1, kX, Tag::kPlain);
  b.co({ix, wx});
  b.co({iy, wy});
  b.rf(wy, ry);
  b.rf(wx, rx);
  CHECK(lkmm_says(b) == "|");
}

TEST_CASE("a plain write and a marked access of one thread without a barrier between them") {
  ExecutionBuilder b;
  const int ix = b.init(kX);
  const int plain = b.write(0, kX, Tag::kPlain), marked = b.read(0, kX);
  b.co({ix, plain});
  b.rf(plain, marked);
  CHECK(lkmm_says(b) == "|mixed-accesses");
}

enum class Dependency { kNone, kData, kControl, kAddress };

// Both reads see the write behind the other one.
ExecutionBuilder load_buffering(Dependency first, Dependency second) {
  ExecutionBuilder b;
  const int ix = b.init(kX), iy = b.init(kY);
  const int rx = b.read(0, kX), wy = b.write(0, kY), ry = b.read(1, kY), wx = b.write(1, kX);
  const auto depend = [&b](Dependency kind, int from, int to) {
    if (kind == Dependency::kData) b.data(from, to);
    if (kind == Dependency::kControl) b.ctrl(from, to);
    if (kind == Dependency::kAddress) b.addr(from, to);
  };
  depend(first, rx, wy);
  depend(second, ry, wx);
  b.co({ix, wx});
  b.co({iy, wy});
  b.rf(wx, rx);
  b.rf(wy, ry);
  return b;
}

TEST_CASE("load buffering") {
  CHECK(allowed_by(load_buffering(Dependency::kNone, Dependency::kNone)) == "lkmm");
  CHECK(allowed_by(load_buffering(Dependency::kData, Dependency::kNone)) == "lkmm");
  for (const Dependency kind : {Dependency::kData, Dependency::kControl, Dependency::kAddress}) {
    CHECK(allowed_by(load_buffering(Dependency::kData, kind)) == "none");
  }
}

TEST_CASE("coherence of two reads") {
  ExecutionBuilder b;
  const int ix = b.init(kX), w = b.write(0, kX), first = b.read(1, kX), second = b.read(1, kX);
  b.co({ix, w});
  b.rf(w, first);
  b.rf(ix, second);
  CHECK(allowed_by(b) == "none");
  CHECK(lkmm_says(b).starts_with("coherence"));
}

// Two readers see two independent writes in opposite orders.
ExecutionBuilder independent_reads(Between between) {
  ExecutionBuilder b;
  const int ix = b.init(kX), iy = b.init(kY);
  const int wx = b.write(0, kX), wy = b.write(1, kY);
  const int x1 = b.read(2, kX);
  between(b, 2);
  const int y1 = b.read(2, kY);
  const int y2 = b.read(3, kY);
  between(b, 3);
  const int x2 = b.read(3, kX);
  b.co({ix, wx});
  b.co({iy, wy});
  b.rf(wx, x1);
  b.rf(iy, y1);
  b.rf(wy, y2);
  b.rf(ix, x2);
  return b;
}

TEST_CASE("independent reads of independent writes") {
  CHECK(allowed_by(independent_reads(nothing)) == "lkmm");
  CHECK(allowed_by(independent_reads(fence<Tag::kRmb>)) == "lkmm");
  CHECK(allowed_by(independent_reads(fence<Tag::kMb>)) == "none");
}

// Both threads write both variables, and each one's first write wins.
ExecutionBuilder two_plus_two_writes(Between between) {
  ExecutionBuilder b;
  const int ix = b.init(kX), iy = b.init(kY);
  const int x0 = b.write(0, kX);
  between(b, 0);
  const int y0 = b.write(0, kY), y1 = b.write(1, kY);
  between(b, 1);
  const int x1 = b.write(1, kX);
  b.co({ix, x1, x0});
  b.co({iy, y0, y1});
  return b;
}

TEST_CASE("two writes each") {
  CHECK(allowed_by(two_plus_two_writes(nothing)) == "lkmm pso");
  CHECK(allowed_by(two_plus_two_writes(fence<Tag::kWmb>)) == "lkmm");
  CHECK(allowed_by(two_plus_two_writes(fence<Tag::kMb>)) == "none");
}

TEST_CASE("two read-modify-writes cannot read the same write") {
  ExecutionBuilder b;
  const int ix = b.init(kX);
  const int r0 = b.read(0, kX), w0 = b.write(0, kX), r1 = b.read(1, kX), w1 = b.write(1, kX);
  b.rmw(r0, w0);
  b.rmw(r1, w1);
  b.co({ix, w0, w1});
  b.rf(ix, r0);
  b.rf(ix, r1);
  CHECK(allowed_by(b) == "none");
  CHECK(lkmm_says(b) == "atomic");
}

// The reader misses the write before the grace period and sees the one after it.
ExecutionBuilder grace_period(bool section, Tag wait) {
  ExecutionBuilder b;
  const int ix = b.init(kX), iy = b.init(kY);
  if (section) b.fence(0, Tag::kRcuLock);
  const int rx = b.read(0, kX), ry = b.read(0, kY);
  if (section) b.fence(0, Tag::kRcuUnlock);
  const int wx = b.write(1, kX);
  b.fence(1, wait);
  const int wy = b.write(1, kY);
  b.co({ix, wx});
  b.co({iy, wy});
  b.rf(ix, rx);
  b.rf(wy, ry);
  return b;
}

TEST_CASE("a grace period does not end within a critical section that began before it") {
  CHECK(allowed_by(grace_period(true, Tag::kSyncRcu)) == "none");
  CHECK(allowed_by(grace_period(false, Tag::kSyncRcu)) == "lkmm pso tso sc");
  CHECK(allowed_by(grace_period(true, Tag::kMb)) == "lkmm pso tso sc");
  CHECK(lkmm_says(grace_period(true, Tag::kSyncRcu)) == "rcu");
}

// The same with SRCU; the reader's and the writer's srcu_struct are the locations given.
ExecutionBuilder srcu_grace_period(Location reader, Location writer) {
  ExecutionBuilder b;
  const int ix = b.init(kX), iy = b.init(kY), is = b.init(reader);
  const int lock = b.read(0, reader, Tag::kSrcuLock);
  const int rx = b.read(0, kX), ry = b.read(0, kY);
  const int unlock = b.write(0, reader, Tag::kSrcuUnlock);
  const int wx = b.write(1, kX);
  b.add(EventKind::kSyncSrcu, Tag::kSyncSrcu, 1, writer);
  const int wy = b.write(1, kY);
  b.data(lock, unlock);
  b.co({ix, wx});
  b.co({iy, wy});
  b.co({is, unlock});
  b.rf(ix, rx);
  b.rf(wy, ry);
  b.rf(is, lock);
  return b;
}

TEST_CASE("SRCU's grace periods wait for their own readers only") {
  CHECK(allowed_by(srcu_grace_period(2, 2)) == "none");
  CHECK(allowed_by(srcu_grace_period(2, 3)) == "lkmm pso tso sc");
}

TEST_CASE("misuse of RCU and SRCU is flagged") {
  ExecutionBuilder unbalanced;
  unbalanced.fence(0, Tag::kRcuLock);
  unbalanced.fence(1, Tag::kRcuUnlock);
  CHECK(lkmm_says(unbalanced) == "|unmatched-rcu-lock unmatched-rcu-unlock");

  ExecutionBuilder sleeping;
  sleeping.fence(0, Tag::kRcuLock);
  sleeping.add(EventKind::kSyncSrcu, Tag::kSyncSrcu, 0, 2);
  sleeping.fence(0, Tag::kRcuUnlock);
  CHECK(lkmm_says(sleeping) == "|invalid-sleep");

  ExecutionBuilder cookies;
  const int is = cookies.init(2);
  const int lock = cookies.read(0, 2, Tag::kSrcuLock), lost = cookies.read(0, 2, Tag::kSrcuLock);
  const int unlock = cookies.write(0, 2, Tag::kSrcuUnlock), again = cookies.write(0, 2, Tag::kSrcuUnlock);
  cookies.rf(is, lock);
  cookies.rf(is, lost);
  cookies.co({is, unlock, again});
  cookies.data(lock, unlock);
  cookies.data(lock, again);
  CHECK(lkmm_says(cookies) == "|unmatched-srcu-lock multiple-srcu-matches");
}

TEST_CASE("misuse of spinlocks is flagged") {
  ExecutionBuilder b;
  const int i = b.init(2);
  const int unlock = b.add(EventKind::kUnlock, Tag::kPlain, 0, 2);
  const int w = b.write(1, 2);
  b.co({i, unlock, w});
  CHECK(lkmm_says(b) == "|mixed-lock-accesses unmatched-unlock");
}

// Message passing where the writer holds the lock and the reader takes it, before or after the writer.
ExecutionBuilder critical_sections() {
  ExecutionBuilder b;
  const int ix = b.init(kX), il = b.init(2);
  const int r0 = b.add(EventKind::kLockRead, Tag::kPlain, 0, 2), w0 = b.add(EventKind::kLockWrite, Tag::kPlain, 0, 2);
  const int wx = b.write(0, kX, Tag::kPlain);
  const int u0 = b.add(EventKind::kUnlock, Tag::kPlain, 0, 2);
  const int r1 = b.add(EventKind::kLockRead, Tag::kPlain, 1, 2), w1 = b.add(EventKind::kLockWrite, Tag::kPlain, 1, 2);
  const int rx = b.read(1, kX, Tag::kPlain);
  const int u1 = b.add(EventKind::kUnlock, Tag::kPlain, 1, 2);
  b.lock_pair(r0, w0);
  b.lock_pair(r1, w1);
  b.co({il, w0, u0, w1, u1});
  b.rf(il, r0);
  b.rf(u0, r1);
  b.co({ix, wx});
  b.rf(ix, rx);
  return b;
}

TEST_CASE("a critical section sees what the one before it wrote") {
  CHECK(allowed_by(critical_sections()) == "none");
  CHECK(lkmm_says(critical_sections()) == "plain-coherence");
}

TEST_CASE("older kernels' models: tags that can order nothing are taken from the sets") {
  const auto raised = [](const std::string& set, Tag tag, bool is_read, bool succeeds) {
    auto model = std::get<Model>(
        load_model_text("t.cat", "enum Accesses = 'once || 'release || 'acquire || 'noreturn flag ~empty " + set + " & RMW as f"));
    ExecutionBuilder b;
    const int r = b.read(0, kX, is_read ? tag : Tag::kPlain);
    b.in_rmw(r);
    if (succeeds) b.rmw(r, b.write(0, kX, is_read ? Tag::kPlain : tag));
    return !reference::judge(model, b.build()).raised.empty();
  };
  CHECK(raised("Acquire", Tag::kAcquire, true, true));
  CHECK_FALSE(raised("Acquire", Tag::kAcquire, true, false));
  CHECK_FALSE(raised("Acquire", Tag::kAcquire, false, true));
  CHECK_FALSE(raised("Release", Tag::kRelease, true, true));
  CHECK(raised("Release", Tag::kRelease, false, true));
  CHECK_FALSE(raised("Noreturn", Tag::kNoreturn, false, true));
  CHECK_FALSE(raised("Mb", Tag::kMb, true, true));
  CHECK(raised("Once", Tag::kAcquire, true, false));
}

TEST_CASE("with marked accesses sc is within tso, tso within pso, and pso within lkmm") {
  static const Models models;
  std::mt19937 random(20240229);
  int allowed[4] = {0, 0, 0, 0};
  for (int i = 0; i < 1500; ++i) {
    const RandomExecution e(random, Accesses::kMarkedOnly);
    const reference::Execution x = e.build();
    const bool lkmm = reference::judge(models.lkmm, x).consistent();
    const bool pso = reference::judge(models.pso, x).consistent();
    const bool tso = reference::judge(models.tso, x).consistent();
    const bool sc = reference::judge(models.sc, x).consistent();
    CAPTURE(i);
    REQUIRE((!sc || tso));
    REQUIRE((!tso || pso));
    REQUIRE((!pso || lkmm));
    allowed[0] += lkmm ? 1 : 0;
    allowed[1] += pso ? 1 : 0;
    allowed[2] += tso ? 1 : 0;
    allowed[3] += sc ? 1 : 0;
  }
  // Otherwise the test above says nothing.
  CHECK(allowed[0] > allowed[1]);
  CHECK(allowed[1] > allowed[2]);
  CHECK(allowed[2] > allowed[3]);
  CHECK(allowed[3] > 500);
  MESSAGE("allowed: lkmm ", allowed[0], ", pso ", allowed[1], ", tso ", allowed[2], ", sc ", allowed[3]);
}

// P0: if (READ_ONCE(*x)) *y = 1; P1: r = *y; smp_store_release(x, 1);
ExecutionBuilder write_behind_a_branch(bool depends) {
  ExecutionBuilder b;
  const int ix = b.init(kX), iy = b.init(kY);
  const int rx = b.read(0, kX), wy = b.write(0, kY, Tag::kPlain);
  const int ry = b.read(1, kY, Tag::kPlain), wx = b.write(1, kX, Tag::kRelease);
  if (depends) b.ctrl(rx, wy);
  b.co({ix, wx});
  b.co({iy, wy});
  b.rf(wx, rx);
  b.rf(iy, ry);
  return b;
}

// P0 reads y plainly, in an RCU section or not; P1 waits for a grace period and tells P2, which writes y plainly.
ExecutionBuilder freed_and_handed_on(bool section) {
  ExecutionBuilder b;
  const int ix = b.init(kX), iy = b.init(kY), iz = b.init(2);
  if (section) b.fence(0, Tag::kRcuLock);
  const int rx = b.read(0, kX), ry = b.read(0, kY, Tag::kPlain);
  if (section) b.fence(0, Tag::kRcuUnlock);
  const int wx = b.write(1, kX);
  b.fence(1, Tag::kSyncRcu);
  const int wz = b.write(1, 2, Tag::kRelease);
  const int rz = b.read(2, 2, Tag::kAcquire), wy = b.write(2, kY, Tag::kPlain);
  b.co({ix, wx});
  b.co({iy, wy});
  b.co({iz, wz});
  b.rf(ix, rx);
  b.rf(iy, ry);
  b.rf(wz, rz);
  return b;
}

TEST_CASE("lkmm-hw: a plain write does not come before its branch, and a grace period holds plain reads back") {
  const Model lkmm = loaded("lkmm"), hw = loaded("lkmm-hw");
  CHECK(says(lkmm, write_behind_a_branch(true)) == "|data-race");
  CHECK(says(hw, write_behind_a_branch(true)) == "|");
  CHECK(says(hw, write_behind_a_branch(false)) == "|data-race");
  CHECK(says(lkmm, freed_and_handed_on(true)) == "|data-race");
  CHECK(says(hw, freed_and_handed_on(true)) == "|");
  CHECK(says(hw, freed_and_handed_on(false)) == "|data-race");
}

TEST_CASE("lkmm-hw is within lkmm, races included, and the same where all accesses are marked") {
  const Model lkmm = loaded("lkmm"), hw = loaded("lkmm-hw");
  std::mt19937 random(20250301);
  int consistent = 0, raced = 0;
  for (int i = 0; i < 1000; ++i) {
    const bool marked = i % 2 == 0;
    const RandomExecution e(random, marked ? Accesses::kMarkedOnly : Accesses::kAlsoPlain);
    const reference::Execution x = e.build();
    const reference::Verdict by_lkmm = reference::judge(lkmm, x), by_hw = reference::judge(hw, x);
    CAPTURE(i);
    REQUIRE((!by_hw.consistent() || by_lkmm.consistent()));
    if (marked) REQUIRE(by_hw.consistent() == by_lkmm.consistent());
    if (!by_hw.consistent()) continue;
    ++consistent;
    const std::string flags = " " + names_of(lkmm, by_lkmm.raised) + " ";
    for (const auto& flag : by_hw.raised) REQUIRE(flags.find(" " + names_of(hw, {flag}) + " ") != std::string::npos);
    raced += by_hw.raised.empty() ? 0 : 1;
  }
  CHECK(consistent > 300);
  CHECK(raced > 20);
}

}  // namespace
}  // namespace lkmc
