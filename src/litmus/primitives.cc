// SPDX-License-Identifier: Apache-2.0
#include "src/litmus/primitives.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace lkmc::litmus {
namespace {

using enum Action;
using enum Argument;

struct Ordering {
  std::string_view suffix;
  std::string_view braced;  // in the internal forms
  Tag tag;
};
constexpr std::array<Ordering, 4> kOrderings = {{{"", "{mb}", Tag::kMb},
                                                 {"_relaxed", "{once}", Tag::kOnce},
                                                 {"_acquire", "{acquire}", Tag::kAcquire},
                                                 {"_release", "{release}", Tag::kRelease}}};

struct Operator {
  std::string_view name;
  std::string_view symbol;  // in the internal forms
  BinaryOp op;
  bool by_one;      // inc and dec
  bool has_return;  // the bitwise ones return only the old value
};
constexpr std::array<Operator, 8> kOperators = {{
    {"add", "+", BinaryOp::kAdd, false, true},
    {"sub", "-", BinaryOp::kSubtract, false, true},
    {"inc", "", BinaryOp::kAdd, true, true},
    {"dec", "", BinaryOp::kSubtract, true, true},
    {"and", "&", BinaryOp::kBitAnd, false, false},
    {"or", "|", BinaryOp::kBitOr, false, false},
    {"xor", "^", BinaryOp::kBitXor, false, false},
    {"andnot", "&~", BinaryOp::kBitAndNot, false, false},
}};

Primitive read(std::string name, Argument argument, Tag tag) {
  return {.name = std::move(name), .action = kRead, .arguments = {argument}, .tag = tag, .has_value = true};
}
Primitive write(std::string name, Argument argument, Tag tag) {
  return {.name = std::move(name), .action = kWrite, .arguments = {argument, kValue}, .tag = tag};
}
Primitive fence(std::string name, Tag tag) { return {.name = std::move(name), .action = kFence, .arguments = {}, .tag = tag}; }
Primitive on_object(std::string name, Action action, bool has_value, Tag tag = Tag::kOnce) {
  return {.name = std::move(name), .action = action, .arguments = {kPointer}, .tag = tag, .has_value = has_value};
}
Primitive fetch_op(std::string name, const Operator& op, Tag tag, RmwResult result, ResultTest test = ResultTest::kNone) {
  return {.name = std::move(name),
          .action = kFetchOp,
          .arguments = op.by_one ? std::vector{kPointer} : std::vector{kValue, kPointer},
          .tag = tag,
          .op = op.op,
          .result = result,
          .test = test,
          .operand_is_one = op.by_one,
          .has_value = result != RmwResult::kNone};
}

std::vector<Primitive> make_table() {
  std::vector<Primitive> table = {
      read("READ_ONCE", kObject, Tag::kOnce),
      read("rcu_dereference", kObject, Tag::kOnce),
      read("smp_load_acquire", kPointer, Tag::kAcquire),
      read("atomic_read", kPointer, Tag::kOnce),
      read("atomic_read_acquire", kPointer, Tag::kAcquire),
      write("WRITE_ONCE", kObject, Tag::kOnce),
      write("rcu_assign_pointer", kObject, Tag::kRelease),
      write("smp_store_release", kPointer, Tag::kRelease),
      write("atomic_set", kPointer, Tag::kOnce),
      write("atomic_set_release", kPointer, Tag::kRelease),
      {.name = "smp_store_mb", .action = kWriteThenFence, .arguments = {kObject, kValue}, .tag = Tag::kOnce},

      fence("smp_mb", Tag::kMb),
      fence("smp_rmb", Tag::kRmb),
      fence("smp_wmb", Tag::kWmb),
      fence("barrier", Tag::kBarrier),
      fence("smp_mb__before_atomic", Tag::kBeforeAtomic),
      fence("smp_mb__after_atomic", Tag::kAfterAtomic),
      fence("smp_mb__after_spinlock", Tag::kAfterSpinlock),
      fence("smp_mb__after_unlock_lock", Tag::kAfterUnlockLock),
      fence("smp_mb__after_srcu_read_unlock", Tag::kAfterSrcuReadUnlock),

      fence("rcu_read_lock", Tag::kRcuLock),
      fence("rcu_read_unlock", Tag::kRcuUnlock),
      fence("synchronize_rcu", Tag::kSyncRcu),
      fence("synchronize_rcu_expedited", Tag::kSyncRcu),
      // SRCU: the lock reads the cookie from the srcu_struct, the unlock stores it there.
      read("srcu_read_lock", kPointer, Tag::kSrcuLock),
      read("srcu_down_read", kPointer, Tag::kSrcuLock),
      write("srcu_read_unlock", kPointer, Tag::kSrcuUnlock),
      write("srcu_up_read", kPointer, Tag::kSrcuUnlock),
      on_object("synchronize_srcu", kSyncSrcu, false, Tag::kSyncSrcu),
      on_object("synchronize_srcu_expedited", kSyncSrcu, false, Tag::kSyncSrcu),

      on_object("spin_lock", kSpinLock, false),
      on_object("spin_unlock", kSpinUnlock, false),
      on_object("spin_trylock", kSpinTrylock, true),
      on_object("spin_is_locked", kSpinIsLocked, true),

      {.name = "atomic_add_unless", .action = kAddUnless, .arguments = {kPointer, kValue, kValue}, .tag = Tag::kMb, .has_value = true},
  };
  for (const auto& [suffix, braced, tag] : kOrderings) {
    for (const std::string prefix : {"", "atomic_"}) {
      table.push_back(
          {.name = (prefix + "xchg").append(suffix), .action = kExchange, .arguments = {kPointer, kValue}, .tag = tag, .has_value = true});
      table.push_back({.name = (prefix + "cmpxchg").append(suffix),
                       .action = kCompareExchange,
                       .arguments = {kPointer, kValue, kValue},
                       .tag = tag,
                       .has_value = true});
    }
    for (const Operator& op : kOperators) {
      const std::string name(op.name);
      table.push_back(fetch_op(("atomic_fetch_" + name).append(suffix), op, tag, RmwResult::kOld));
      if (op.has_return) {
        table.push_back(fetch_op(("atomic_" + name + "_return").append(suffix), op, tag, RmwResult::kNew));
      }
    }
    table.push_back(
        fetch_op(std::string("atomic_add_negative").append(suffix), kOperators[0], tag, RmwResult::kNew, ResultTest::kIsNegative));
  }
  for (const Operator& op : kOperators) {
    const std::string name(op.name);
    table.push_back(fetch_op("atomic_" + name, op, Tag::kNoreturn, RmwResult::kNone));
    if (op.has_return && name != "add") {
      table.push_back(fetch_op("atomic_" + name + "_and_test", op, Tag::kMb, RmwResult::kNew, ResultTest::kIsZero));
    }
  }
  std::sort(table.begin(), table.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return table;
}

std::vector<Primitive> make_internal_forms() {
  std::vector<Primitive> table = {
      read("__load{once}", kObject, Tag::kOnce),
      read("__load{acquire}", kObject, Tag::kAcquire),
      read("__load{srcu-lock}", kObject, Tag::kSrcuLock),
      write("__store{once}", kObject, Tag::kOnce),
      write("__store{release}", kObject, Tag::kRelease),
      write("__store{srcu-unlock}", kObject, Tag::kSrcuUnlock),
      fence("__fence{mb}", Tag::kMb),
      fence("__fence{rmb}", Tag::kRmb),
      fence("__fence{wmb}", Tag::kWmb),
      fence("__fence{barrier}", Tag::kBarrier),
      fence("__fence{before-atomic}", Tag::kBeforeAtomic),
      fence("__fence{after-atomic}", Tag::kAfterAtomic),
      fence("__fence{after-spinlock}", Tag::kAfterSpinlock),
      fence("__fence{after-unlock-lock}", Tag::kAfterUnlockLock),
      fence("__fence{after-srcu-read-unlock}", Tag::kAfterSrcuReadUnlock),
      fence("__fence{rcu-lock}", Tag::kRcuLock),
      fence("__fence{rcu-unlock}", Tag::kRcuUnlock),
      fence("__fence{sync-rcu}", Tag::kSyncRcu),
      // The first two as they were before v6.4.
      read("__srcu{srcu-lock}", kPointer, Tag::kSrcuLock),
      write("__srcu{srcu-unlock}", kPointer, Tag::kSrcuUnlock),
      on_object("__srcu{sync-srcu}", kSyncSrcu, false, Tag::kSyncSrcu),
      on_object("__lock", kSpinLock, false),
      on_object("__unlock", kSpinUnlock, false),
      on_object("__trylock", kSpinTrylock, true),
      on_object("__islocked", kSpinIsLocked, true),
  };
  const auto add = [&](std::string name, const Primitive& like) {
    Primitive form = like;
    form.name = std::move(name);
    std::sort(form.arguments.begin(), form.arguments.end());  // the address comes first
    table.push_back(std::move(form));
  };
  add("__atomic_add_unless{mb}", *find_primitive("atomic_add_unless"));
  const auto in = [](const char* form, const Ordering& order) { return form + std::string(order.braced); };
  for (const Ordering& order : kOrderings) {
    add(in("__xchg", order), *find_primitive("xchg" + std::string(order.suffix)));
    add(in("__cmpxchg", order), *find_primitive("cmpxchg" + std::string(order.suffix)));
  }
  for (const Operator& op : kOperators) {
    if (op.by_one) continue;
    const std::string symbol(op.symbol);
    for (const char* tag : {"", "{noreturn}"}) add("__atomic_op" + (tag + symbol), fetch_op({}, op, Tag::kNoreturn, RmwResult::kNone));
    for (const Ordering& order : kOrderings) {
      add(in("__atomic_op_return", order) + symbol, fetch_op({}, op, order.tag, RmwResult::kNew));
      add(in("__atomic_fetch_op", order) + symbol, fetch_op({}, op, order.tag, RmwResult::kOld));
    }
  }
  return table;
}

// Levenshtein's distance.
int edit_distance(std::string_view a, std::string_view b) {
  std::vector<int> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    int diagonal = std::exchange(row[0], static_cast<int>(i));
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int substitute = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, substitute}));
    }
  }
  return row.back();
}

}  // namespace

bool Primitive::writes() const {
  switch (action) {
    case kWrite:
    case kWriteThenFence:
    case kExchange:
    case kCompareExchange:
    case kFetchOp:
    case kAddUnless:
    case kSpinLock:
    case kSpinTrylock:
    case kSpinUnlock:
      return true;
    default:
      return false;
  }
}

int Primitive::address_argument() const {
  const auto found = std::find_if(arguments.begin(), arguments.end(), [](Argument a) { return a != kValue; });
  return found == arguments.end() ? -1 : static_cast<int>(found - arguments.begin());
}

std::span<const Primitive> primitives() {
  static const std::vector<Primitive> table = make_table();
  return table;
}

const Primitive* find_primitive(std::string_view name) {
  std::string canonical(name);
  for (const std::string_view prefix : {"atomic64_", "atomic_long_"}) {
    if (name.starts_with(prefix)) canonical = "atomic_" + std::string(name.substr(prefix.size()));
  }
  const auto table = primitives();
  const auto found =
      std::lower_bound(table.begin(), table.end(), canonical, [](const Primitive& p, const std::string& n) { return p.name < n; });
  return found != table.end() && found->name == canonical ? &*found : nullptr;
}

const Primitive* find_internal_form(std::string_view form) {
  static const std::vector<Primitive> table = make_internal_forms();
  const auto found = std::ranges::find(table, form, &Primitive::name);
  return found != table.end() ? &*found : nullptr;
}

bool takes_operator(std::string_view internal) {
  return internal == "__atomic_op" || internal == "__atomic_op_return" || internal == "__atomic_fetch_op";
}

std::string_view similar_primitive(std::string_view name) {
  std::string_view best;
  if (name.size() > 64) return best;
  int best_distance = std::min(3, static_cast<int>(name.size()) / 3) + 1;
  for (const Primitive& primitive : primitives()) {
    const int distance = edit_distance(name, primitive.name);
    if (distance < best_distance) {
      best_distance = distance;
      best = primitive.name;
    }
  }
  return best;
}

}  // namespace lkmc::litmus
