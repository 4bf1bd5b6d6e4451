// SPDX-License-Identifier: Apache-2.0
// Each test draws a few of the features first and then uses only these: tests that mix everything seldom go deep.
#include "tests/reference/generator.h"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace lkmc::reference {
namespace {

using Body = std::vector<Statement>;

class Generator {
 public:
  Generator(std::uint64_t seed, const GeneratorOptions& options) : random_(seed), options_(options), seed_(seed) {}

  TestProgram run() {
    choose_features();
    TestProgram program{.name = "random-" + std::to_string(seed_), .locations = {}, .threads = {}};
    if (use_.widths) type_ = one_of({"int", "unsigned int", "short", "u8", "long", "atomic_t"});
    const int variables = std::min(options_.max_locations, any(std::vector<int>{1, 2, 2, 2, 3}));
    for (int i = 0; i < variables; ++i) {
      variables_.push_back(std::string(1, "xyz"[i]));
      program.locations.push_back({variables_.back(), type_, use_.widths && chance(30) ? limit() : "0"});
    }
    if (use_.arrays) program.locations.push_back({"a", type_, "0", 2, true});
    if (use_.pointers) program.locations.push_back({"p", type_ + " *", "&x"});
    if (use_.locks) locks_ = chance(30) ? std::vector<std::string>{"l", "m"} : std::vector<std::string>{"l"};
    for (const std::string& lock : locks_) program.locations.push_back({lock, "spinlock_t", ""});
    if (use_.srcu) program.locations.push_back({"ss", "struct srcu_struct", ""});
    const int threads = std::min(options_.max_threads, any(std::vector<int>{1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4}));
    int accesses_left = options_.max_accesses;
    for (int t = 0; t < threads; ++t) {
      known_.clear();
      statements_left_ = between(std::min(2, options_.max_statements), options_.max_statements);
      const int share = (accesses_left + threads - t - 1) / (threads - t);
      accesses_left_ = share;
      program.threads.push_back(body(0));
      accesses_left -= share - accesses_left_;
    }
    program.register_types = std::move(register_types_);
    return program;
  }

 private:
  int between(int low, int high) { return low + static_cast<int>(random_() % static_cast<std::uint64_t>(high - low + 1)); }
  bool chance(int percent) { return between(1, 100) <= percent; }
  template <class T>
  const T& any(const std::vector<T>& items) {
    return items[static_cast<std::size_t>(between(0, static_cast<int>(items.size()) - 1))];
  }
  std::string one_of(std::initializer_list<const char*> items) { return any(std::vector<const char*>(items)); }

  void choose_features() {
    const Features& percent = options_.features;
    use_ = {.plain = chance(percent.plain),
            .branches = chance(percent.branches),
            .atomics = chance(percent.atomics),
            .pointers = chance(percent.pointers),
            .locks = chance(percent.locks),
            .rcu = chance(percent.rcu),
            .srcu = chance(percent.srcu),
            .awaits = chance(percent.awaits),
            .retries = chance(percent.retries),
            .operands = chance(percent.operands),
            .assigns = chance(percent.assigns),
            .widths = chance(percent.widths),
            .arrays = chance(percent.arrays),
            .copies = chance(percent.copies),
            .misuse = chance(percent.misuse)};
  }

  // --- statements -------------------------------------------------------------------------------------------

  Body body(int depth) {
    Body all;
    do {
      if (!all.empty() && chance(45)) all.push_back(fence());
      all.push_back(statement(depth));
    } while (statements_left_ > 0 && accesses_left_ > 0 && (depth == 0 || chance(50)));
    return all;
  }

  Statement statement(int depth) {
    --statements_left_;
    const int kind = between(0, 99);
    if (use_.branches && kind < 22 && depth < 2 && !known_.empty()) return branch(depth);
    if (use_.locks && kind < 45 && depth < 2) return lock(depth);
    if (use_.rcu && kind < 58 && depth < 2) return rcu(depth);
    if (use_.srcu && kind < 52 && depth < 2) return srcu(depth);
    if (use_.atomics && kind < 68) return atomic();
    if (use_.pointers && kind < 76) return pointer();
    if (use_.awaits && kind < 84) return await();
    if (use_.retries && chance(70)) return chance(40) && depth == 0 ? lock_by_hand() : retry();
    if (use_.copies && chance(70)) return copy();
    if (use_.misuse && chance(30)) return misuse();
    if (use_.operands && chance(50)) return expression();
    if (use_.assigns && chance(40)) return assignment();
    return access();
  }

  Statement access() {
    --accesses_left_;
    const std::string x = place();
    if (chance(50)) return read(x);
    return write(x, value());
  }

  // One location is copied to another, or makes an element be written that it chooses: values may go in a circle.
  Statement copy() {
    accesses_left_ -= 2;
    const Statement from = read(place());
    const std::string& value = known_.back();
    if (!use_.arrays || chance(50)) return {.head = from.head + ' ' + write(place(), value).head};
    return {.head = from.head + ' ' + write("(a + (" + value + " & 1))", "1").head};
  }

  // A read into a new register; `address` is an expression.
  Statement read(const std::string& address) {
    if (use_.plain && chance(options_.plain_percent)) return {.head = new_register() + " = *" + address + ";"};
    if (chance(65)) return {.head = new_register() + " = READ_ONCE(*" + address + ");"};
    return {.head = new_register() + " = smp_load_acquire(" + address + ");"};
  }

  Statement write(const std::string& address, const std::string& stored) {
    if (use_.plain && chance(options_.plain_percent)) return {.head = "*" + address + " = " + stored + ";"};
    if (chance(65)) return {.head = "WRITE_ONCE(*" + address + ", " + stored + ");"};
    if (chance(75)) return {.head = "smp_store_release(" + address + ", " + stored + ");"};
    return {.head = "smp_store_mb(*" + address + ", " + stored + ");"};
  }

  // Accesses that C does not order.
  Statement expression() {
    std::string sum = operand() + one_of({" + 4 * ", " ^ ", " == ", " - "});
    sum += chance(20) ? "(" + operand() + " + " + operand() + ")" : operand();
    --accesses_left_;
    switch (between(0, 4)) {
      case 0:
        return {.head = "WRITE_ONCE(*" + (use_.pointers ? "READ_ONCE(*p)" : place()) + ", " + sum + ");"};
      case 1:
        return {.head = "*" + any(variables_) + (chance(50) ? " += " : " = ") + operand() + ";"};
      case 2:
        return result("xchg" + one_of({"", "_relaxed"}) + "(" + place() + ", " + sum + ")");
      default:
        return {.head = new_register() + " = " + sum + ";"};
    }
  }

  std::string operand() {
    --accesses_left_;
    const std::string x = place();
    if (use_.plain && chance(options_.plain_percent)) return "*" + x;
    if (use_.pointers && chance(40) && accesses_left_-- > 0) return "READ_ONCE(*rcu_dereference(*p))";
    if (use_.atomics && chance(40)) return one_of({"xchg_relaxed(", "xchg_acquire(", "xchg("}) + x + ", " + value() + ")";
    return chance(65) ? "READ_ONCE(*" + x + ")" : "smp_load_acquire(" + x + ")";
  }

  // Of a new register, or of one that something has assigned already.
  Statement assignment() {
    const std::string stored = value();
    const std::string target = known_.empty() || chance(60) ? new_register() : any(known_);
    return {.head = target + " = " + stored + ";"};
  }

  Statement fence() {
    std::vector<std::string> fences = {"smp_mb", "smp_mb", "smp_rmb", "smp_wmb"};
    if (chance(5)) fences = {"barrier"};
    if (use_.atomics && chance(50)) fences = {"smp_mb__before_atomic", "smp_mb__after_atomic"};
    if (use_.locks && chance(40)) fences = {"smp_mb__after_spinlock", "smp_mb__after_unlock_lock"};
    if (use_.rcu && !in_rcu_section_ && chance(50)) fences = {"synchronize_rcu", "synchronize_rcu_expedited"};
    if (use_.srcu && chance(50)) fences = {"smp_mb__after_srcu_read_unlock", "synchronize_srcu", "synchronize_srcu"};
    const std::string& name = any(fences);
    return {.head = name + (name == "synchronize_srcu" ? "(ss);" : "();")};
  }

  Statement atomic() {
    --accesses_left_;
    const std::string x = place();
    const std::string order = one_of({"", "_relaxed", "_acquire", "_release"});
    switch (between(0, 6)) {
      case 0:
        return result(one_of({"xchg", "atomic_xchg"}) + order + "(" + x + ", " + value() + ")");
      case 1:
        return result(one_of({"cmpxchg", "atomic_cmpxchg"}) + order + "(" + x + ", " + small() + ", " + value() + ")");
      case 2:
        return result("atomic_fetch_" + one_of({"add", "sub", "or", "xor", "and", "andnot"}) + order + "(" + value() + ", " + x + ")");
      case 3:
        return result("atomic_" + one_of({"inc", "dec"}) + "_return" + order + "(" + x + ")");
      case 4:
        return {.head = "atomic_" + one_of({"add", "sub", "or"}) + "(" + value() + ", " + x + ");"};
      case 5:
        return {.head = "atomic_" + one_of({"inc", "dec"}) + "(" + x + ");"};
      default:
        break;
    }
    if (chance(60)) return result("atomic_add_unless(" + x + ", " + small() + ", " + small() + ")");
    return result("atomic_" + one_of({"inc", "dec"}) + "_and_test(" + x + ")");
  }

  Statement pointer() {
    accesses_left_ -= 2;
    if (chance(35)) {
      const std::string target = place();
      return {.head = chance(70) ? "rcu_assign_pointer(*p, " + target + ");" : "WRITE_ONCE(*p, " + target + ");"};
    }
    const std::string loaded = "r" + std::to_string(next_register_++);  // not to compute with
    register_types_[loaded] = type_ + " *";
    std::string load = loaded + " = " + (chance(70) ? "rcu_dereference" : "READ_ONCE") + "(*p);";
    const std::string use = chance(65) ? read(loaded).head : write(loaded, value()).head;
    return {.head = load + " " + use};
  }

  Statement misuse() {
    std::vector<std::string> all = {"rcu_read_unlock();", "rcu_read_lock();"};
    if (use_.locks) {
      --accesses_left_;
      const std::string& l = any(locks_);
      all = {"spin_unlock(" + l + ");", "spin_unlock(" + l + ");", "WRITE_ONCE(*" + l + ", 1);"};
      if (chance(25)) return {.head = new_register() + " = READ_ONCE(*" + l + ");"};
    }
    if (use_.srcu && chance(70)) {
      all = {"srcu_read_unlock(ss, " + value() + ");", "WRITE_ONCE(*ss, 1);"};
      if (chance(40)) return {.head = new_register() + " = srcu_read_lock(ss);"};
    }
    return {.head = any(all)};
  }

  Statement await() {
    --accesses_left_;
    const std::string read = one_of({"READ_ONCE(*", "smp_load_acquire("}) + variables_.front() + ")";
    if (chance(50)) return {.head = "while (" + read + " == 0) { }"};
    const std::string reg = new_register();
    return {.head = "do { " + reg + " = " + read + "; } while (" + reg + " == 0);"};
  }

  // A read-modify-write that is tried until nobody has come between, at first with what was read.
  Statement retry() {
    accesses_left_ -= 3;
    const std::string& x = any(variables_);
    const std::string old = new_number();
    const std::string found = new_number();
    const std::string read = old + " = " + one_of({"READ_ONCE(*", "smp_load_acquire("}) + x + "); ";
    const std::string stored = chance(20) ? "2" : old + one_of({" + 1", " | 1", " ^ 1"});
    const std::string attempt = "cmpxchg" + one_of({"", "_relaxed", "_acquire", "_release"}) + "(" + x + ", " + old + ", " + stored + ")";
    switch (between(0, 2)) {
      case 0:
        return {.head = "do { " + read + "} while (" + attempt + " != " + old + ");"};
      case 1:
        return {.head = "do { " + read + found + " = " + attempt + "; } while (" + found + " != " + old + ");"};
      default:
        return {.head = read + found + " = " + attempt + "; while (" + found + " != " + old + ") { " + old + " = " + found + "; " + found +
                        " = " + attempt + "; }"};
    }
  }

  // A lock that others take in the same way, or not at all.
  Statement lock_by_hand() {
    accesses_left_ -= 3;
    const std::string& l = variables_.front();
    const std::string take = "cmpxchg" + one_of({"_acquire", "_acquire", "_relaxed"}) + "(" + l + ", 0, 1)";
    Statement s;
    std::string left = "0";
    switch (between(0, 2)) {
      case 0:
        s.head = "while (" + take + " != 0) { }";
        break;
      case 1:
        s.head = "do { while (READ_ONCE(*" + l + ") != 0) { } } while (" + take + " != 0);";
        break;
      default: {  // of tickets
        const std::string ticket = new_number();
        const std::string& next = variables_.back();
        s.head = ticket + " = atomic_fetch_add" + one_of({"", "_relaxed"}) + "(1, " + next + "); while (" +
                 one_of({"smp_load_acquire(", "READ_ONCE(*"}) + l + ") != " + ticket + ") { }";
        left = ticket + " + 1";
      }
    }
    s.body = body(1);
    s.tail = chance(75) ? "smp_store_release(" + l + ", " + left + ");" : "WRITE_ONCE(*" + l + ", " + left + ");";
    return s;
  }

  Statement branch(int depth) {
    Statement s{.head = "if (" + condition() + ") {"};
    const auto known = known_;
    s.body = body(depth + 1);
    if (chance(45)) {
      s.middle = "} else {";
      s.else_body = body(depth + 1);
    }
    s.tail = "}";
    // A register that only one side sets is 0 on the other; reading it behind the branch is as good as any.
    if (chance(50)) known_ = known;
    return s;
  }

  Statement lock(int depth) {
    const std::string& l = any(locks_);
    const bool held = std::find(held_.begin(), held_.end(), l) != held_.end();
    if (held || chance(15)) return result("spin_is_locked(" + l + ")");
    held_.push_back(l);
    --accesses_left_;
    Statement s;
    if (chance(70)) {
      s = {.head = "spin_lock(" + l + ");", .body = body(depth + 1), .tail = "spin_unlock(" + l + ");"};
      if (chance(25)) s.body.insert(s.body.begin(), {.head = "smp_mb__after_spinlock();"});
      held_.pop_back();
      if (chance(4)) s.tail.clear();  // kept for ever
      return s;
    }
    s = {.head = "if (spin_trylock(" + l + ")) {", .body = body(depth + 1)};
    held_.pop_back();
    s.tail = "spin_unlock(" + l + "); }";
    if (chance(40)) {
      s.middle = "spin_unlock(" + l + "); } else {";
      s.else_body = body(depth + 1);
      s.tail = "}";
    }
    return s;
  }

  // A grace period inside a critical section ends in a deadlock, and is seldom wanted.
  Statement rcu(int depth) {
    if (!in_rcu_section_ && chance(25)) return {.head = "synchronize_rcu();"};
    const bool outer = std::exchange(in_rcu_section_, !chance(3));
    Statement s{.head = "rcu_read_lock();", .body = body(depth + 1), .tail = "rcu_read_unlock();"};
    in_rcu_section_ = outer;
    return s;
  }

  Statement srcu(int depth) {
    if (chance(25)) return {.head = "synchronize_srcu(ss);"};
    accesses_left_ -= 2;
    const std::string cookie = "r" + std::to_string(next_register_++);  // not to compute with
    const bool semaphore = chance(20);
    return {.head = cookie + " = " + (semaphore ? "srcu_down_read" : "srcu_read_lock") + "(ss);",
            .body = body(depth + 1),
            .tail = (semaphore ? "srcu_up_read(ss, " : "srcu_read_unlock(ss, ") + cookie + ");"};
  }

  // --- expressions ------------------------------------------------------------------------------------------

  // An address; in brackets where it is more than a name.
  std::string place() {
    if (use_.arrays && chance(60)) return "(a + " + index() + ')';
    // One step out of the variable ends the path.
    if (use_.arrays && !known_.empty() && chance(10)) return '(' + any(variables_) + " + (" + any(known_) + " & 1))";
    return any(variables_);
  }
  std::string index() { return known_.empty() || chance(50) ? one_of({"0", "1"}) : '(' + any(known_) + " & 1)"; }

  std::string limit() { return one_of({"127", "255", "32767", "65535", "2147483647", "4294967295"}); }

  std::string new_register() {
    known_.push_back("r" + std::to_string(next_register_++));
    if (use_.widths && chance(40)) register_types_[known_.back()] = one_of({"unsigned int", "short", "u8", "long"});
    return known_.back();
  }
  // The same, and it is an int.
  std::string new_number() {
    known_.push_back("r" + std::to_string(next_register_++));
    return known_.back();
  }
  // A call whose value is sometimes not used.
  Statement result(const std::string& call) {
    if (chance(20)) return {.head = call + ";"};
    return {.head = new_register() + " = " + call + ";"};
  }
  std::string small() { return std::to_string(between(0, 2)); }
  // Something to store: a constant, or what was read before.
  std::string value() {
    if (use_.widths && chance(15)) return chance(50) ? limit() : "-" + limit();
    if (known_.empty() || !chance(options_.copy_percent)) return std::to_string(between(1, 3));
    const std::string& r = any(known_);
    switch (between(0, use_.widths ? 6 : 4)) {
      case 5:
        return r + " * 2 - " + any(known_);
      case 6:
        return "-" + r;
      case 0:
        return "(" + r + " ^ " + r + ") + " + small();
      case 1:
        return r + " + 1";
      case 2:
        return r + " + " + any(known_);
      default:
        return r;
    }
  }
  std::string condition() {
    const std::string& r = any(known_);
    switch (between(0, use_.widths ? 6 : 4)) {
      case 5:
        return r + one_of({" < ", " > "}) + any(known_);
      case 6:
        return r + " + 1 < 0";
      case 0:
        return "!" + r;
      case 1:
        return r + " == " + small();
      case 2:
        return r + " != " + small();
      case 3:
        return r + (chance(50) ? " && " : " || ") + any(known_);
      default:
        return r;
    }
  }

  std::mt19937_64 random_;
  const GeneratorOptions& options_;
  std::uint64_t seed_;
  struct {
    bool plain, branches, atomics, pointers, locks, rcu, srcu, awaits, retries, operands, assigns, widths, arrays, copies, misuse;
  } use_{};
  std::string type_ = "int";  // of the variables
  std::map<std::string, std::string> register_types_;
  std::vector<std::string> variables_;
  int accesses_left_ = 0;  // for this thread; an earlier one leaves it what it did not use
  int statements_left_ = 0;
  int next_register_ = 0;
  std::vector<std::string> known_;  // the registers that hold what was read
  std::vector<std::string> locks_;
  std::vector<std::string> held_;
  bool in_rcu_section_ = false;
};

}  // namespace

TestProgram generate(std::uint64_t seed, const GeneratorOptions& options) { return Generator(seed, options).run(); }

}  // namespace lkmc::reference
