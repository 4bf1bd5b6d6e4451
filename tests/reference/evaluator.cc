// SPDX-License-Identifier: Apache-2.0
// Start reading at `Evaluator::run`. The rules, as herd7 has them for C:
//
//   data, addr   from a load along reads and writes of registers, to what the value or the address is computed from
//   ctrl         from a load along reads and writes of registers, and from a condition to all that is done in its branch, in any
//                order, and last from a condition to its branch
//
// What is computed from a read-modify-write that computes something is also computed from its operand.
#include "tests/reference/evaluator.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace lkmc::reference {
namespace {

struct Type {
  int bits = 32;
  bool is_signed = true;
  bool is_pointer = false;
};

Type type_of(const std::string& name) {
  if (name.ends_with('*')) return {.bits = 64, .is_pointer = true};
  if (name == "unsigned int") return {32, false};
  if (name == "u8") return {8, false};
  if (name == "short") return {16, true};
  if (name == "int" || name == "atomic_t") return {32, true};
  return {64, true};
}

std::int64_t cut(std::uint64_t word, const Type& type) {
  if (type.bits >= 64) return static_cast<std::int64_t>(word);
  const std::uint64_t low = word & ((std::uint64_t{1} << type.bits) - 1);
  const bool is_negative = type.is_signed && (low >> (type.bits - 1)) != 0;
  return static_cast<std::int64_t>(is_negative ? low - (std::uint64_t{1} << type.bits) : low);
}

using Nodes = std::set<int>;

struct Value {
  Cell cell{};
  Type type{};
  Nodes from{};  // what it is computed from
};

// A read or write of a register (no action), or an action of the thread.
struct Node {
  int action = -1;
  bool is_load = false;
  Nodes data{};  // what it is computed from, for registers
  Nodes control{};
};

struct Impossible : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// More than the tests have.
constexpr int kMaxRounds = 20;

class Evaluator {
 public:
  Evaluator(const TestProgram& program, int thread, const Oracle& oracle) : program_(program), oracle_(oracle) {
    text_ = thread_text(program, static_cast<std::size_t>(thread));
  }

  Run run() {
    try {
      statements(true);
      for (Action& action : run_.actions) {
        const auto i = static_cast<std::size_t>(&action - run_.actions.data());
        action.addr = loads_behind(addr_[i], false);
        action.data = loads_behind(data_[i], false);
        action.ctrl = loads_behind(nodes_[static_cast<std::size_t>(node_of_[i])].control, true);
      }
      for (const auto& [name, content] : registers_) run_.registers[name] = content.cell;
    } catch (const Impossible& impossible) {
      run_.error = impossible.what();
    }
    return std::move(run_);
  }

 private:
  // --- text -------------------------------------------------------------------------------------------------
  void skip_blank() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  [[nodiscard]] bool looking_at(std::string_view what) {
    skip_blank();
    return std::string_view(text_).substr(at_, what.size()) == what;
  }
  bool accept(std::string_view what) {
    if (!looking_at(what)) return false;
    at_ += what.size();
    return true;
  }
  void expect(std::string_view what) {
    if (!accept(what)) throw std::logic_error("expected " + std::string(what) + " at: " + text_.substr(at_));
  }
  std::string name() {
    skip_blank();
    const std::size_t begin = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '_')) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  // --- statements: done, or only read over --------------------------------------------------------------------
  void statements(bool done) {
    while (skip_blank(), at_ < text_.size() && text_[at_] != '}') statement(done);
  }

  void body(bool done) {
    if (!accept("{")) return statement(done);
    statements(done);
    expect("}");
  }

  void statement(bool done) {
    if (accept("if (")) {
      const Value condition = expression(done);
      expect(")");
      const bool taken = done && is_true(condition);
      const auto scope = open(condition);
      body(done && taken);
      if (accept("else")) body(done && !taken);
      control_ = scope;
    } else if (accept("while (")) {
      loop(done);
    } else if (accept("do ")) {
      const std::size_t begin = at_;
      const Nodes scope = control_;
      int rounds = 0;
      do {
        if (++rounds > kMaxRounds) throw Impossible("it goes on");
        at_ = begin;
        body(done);
        expect("while (");
      } while (another_round(done));
      control_ = scope;
      expect(";");
    } else {
      assignment(done);
      expect(";");
    }
  }

  void loop(bool done) {
    const std::size_t begin = at_;
    const Nodes scope = control_;
    int rounds = 0;
    for (bool again = true; again;) {
      if (++rounds > kMaxRounds) throw Impossible("it goes on");
      at_ = begin;
      again = another_round(done);
      body(again);
    }
    control_ = scope;
  }

  // The condition of a loop, which governs all that comes in later rounds. Rounds that are left out are none.
  bool another_round(bool done) {
    const Value condition = expression(done);
    expect(")");
    if (!done || !is_true(condition)) return false;
    (void)open(condition);
    return true;
  }

  void assignment(bool done) {
    if (accept("*")) {
      Operands sides(*this);
      const Value address = unary(done);
      sides.next();
      const bool adds = accept("+=");
      if (!adds) expect("=");
      // `*x += v` is `*x = *x + v`: its load is an operand of the sum.
      Value value;
      if (adds) {
        Operands sum(*this);
        const Value old = done ? load(address, Tag::kPlain) : Value{};
        sum.next();
        value = combine("+", old, expression(done));
      } else {
        value = expression(done);
      }
      sides.close();
      if (done) store(address, value, Tag::kPlain);
      return;
    }
    const std::size_t begin = at_;
    const std::string target = name();
    if (accept("=")) {
      const Value value = expression(done);
      if (done) write_register(target, value);
    } else {
      at_ = begin;
      (void)expression(done);
    }
  }

  // --- expressions ------------------------------------------------------------------------------------------
  Value expression(bool done) { return binary(0, done); }

  Value binary(std::size_t level, bool done) {
    static const std::vector<std::vector<std::string>> kLevels = {{"||"},       {"&&"},     {"|"},      {"^"}, {"&"},
                                                                  {"==", "!="}, {"<", ">"}, {"+", "-"}, {"*"}};
    if (level == kLevels.size()) return unary(done);
    Operands operands(*this);
    Value left = binary(level + 1, done);
    while (true) {
      const auto op = std::ranges::find_if(kLevels[level], [&](const std::string& o) { return at_operator(o); });
      if (op == kLevels[level].end()) return left;
      at_ += op->size();
      if (level < 2) {
        left = short_circuit(*op == "&&", left, level, done);
      } else {
        operands.next();
        left = combine(*op, left, binary(level + 1, done));
      }
    }
  }

  [[nodiscard]] bool at_operator(const std::string& op) {
    if (!looking_at(op)) return false;
    const char after = at_ + op.size() < text_.size() ? text_[at_ + op.size()] : ' ';
    return after != '=' && !(op.size() == 1 && after == op[0]);
  }

  Value short_circuit(bool is_and, const Value& left, std::size_t level, bool done) {
    const bool goes_on = done && is_true(left) == is_and;
    const bool has_accesses = operand_has_accesses(level);
    // A mere computation is done in any case, and its registers count.
    const Nodes scope = has_accesses ? open(left) : control_;
    const Value right = binary(level + 1, has_accesses ? goes_on : done);
    control_ = scope;
    Value result{.cell = {{}, is_and ? is_true(left) && is_true(right) : is_true(left) || is_true(right)}, .type = {}, .from = left.from};
    if (!has_accesses || goes_on) result.from.insert(right.from.begin(), right.from.end());
    return result;
  }

  [[nodiscard]] bool operand_has_accesses(std::size_t level) {
    const std::size_t begin = at_;
    (void)binary(level + 1, false);
    const std::string operand = text_.substr(begin, at_ - begin);
    at_ = begin;
    for (std::size_t i = 1; i < operand.size(); ++i) {
      if (operand[i] == '(' && std::isalnum(static_cast<unsigned char>(operand[i - 1])) != 0) return true;
    }
    return operand.find_first_of("*[") != std::string::npos;
  }

  Value combine(const std::string& op, const Value& a, const Value& b) {
    Value result{.cell = {}, .type = {}, .from = a.from};
    result.from.insert(b.from.begin(), b.from.end());
    const auto left = static_cast<std::uint64_t>(a.cell.number);
    const auto right = static_cast<std::uint64_t>(b.cell.number);
    if (op == "==" || op == "!=") {
      result.cell.number = (common(a, b) == common(b, a)) == (op == "==");
      return result;
    }
    if (a.type.is_pointer || !a.cell.object.empty()) {
      if (!b.cell.object.empty()) throw Impossible("two addresses are combined");
      result.cell = {a.cell.object, cut(op == "+" ? left + right : left - right, {64, true})};
      result.type = a.type;
      return result;
    }
    if (!b.cell.object.empty()) throw Impossible("an address is combined");
    const Type type = common_type(a.type, b.type);
    const Cell x = common(a, b);
    const Cell y = common(b, a);
    if (op == "<" || op == ">") {
      const Cell& low = op == "<" ? x : y;
      const Cell& high = op == "<" ? y : x;
      const bool wide = type.bits == 64 && !type.is_signed;
      result.cell.number =
          wide ? static_cast<std::uint64_t>(low.number) < static_cast<std::uint64_t>(high.number) : low.number < high.number;
      return result;
    }
    std::uint64_t word = 0;
    if (op == "+") word = left + right;
    if (op == "-") word = left - right;
    if (op == "*") word = left * right;
    if (op == "^") word = left ^ right;
    if (op == "&") word = left & right;
    if (op == "|") word = left | right;
    result.type = type;
    result.cell.number = cut(word, type);
    return result;
  }

  static Type common_type(Type a, Type b) {
    if (a.bits < 32) a = {};
    if (b.bits < 32) b = {};
    if (a.bits != b.bits) return a.bits > b.bits ? a : b;
    return {a.bits, a.is_signed && b.is_signed};
  }
  // `a` as an operand beside `b`.
  static Cell common(const Value& a, const Value& b) {
    if (!a.cell.object.empty() || a.type.is_pointer || b.type.is_pointer || !b.cell.object.empty()) return a.cell;
    return {{}, cut(static_cast<std::uint64_t>(a.cell.number), common_type(a.type, b.type))};
  }

  static bool is_true(const Value& value) { return !value.cell.object.empty() || value.cell.number != 0; }

  Value unary(bool done) {
    if (accept("!")) {
      const Value operand = unary(done);
      return {.cell = {{}, !is_true(operand)}, .type = {}, .from = operand.from};
    }
    if (accept("-")) return combine("-", {}, unary(done));
    if (accept("*")) {
      const Value address = unary(done);
      return done ? load(address, Tag::kPlain) : Value{};
    }
    return postfix(done);
  }

  Value postfix(bool done) {
    if (!looking_at("(") && (skip_blank(), std::isalpha(static_cast<unsigned char>(text_[at_])) != 0)) {
      const std::size_t begin = at_;
      const std::string word = name();
      if (accept("(")) return call(word, done);
      at_ = begin;
    }
    Operands operands(*this);
    Value value = primary(done);
    if (!accept("[")) return value;
    operands.next();
    const Value index = expression(done);
    expect("]");
    operands.close();
    return done ? load(combine("+", value, index), Tag::kPlain) : Value{};
  }

  Value primary(bool done) {
    if (accept("(")) {
      const Value inner = expression(done);
      expect(")");
      return inner;
    }
    const std::string word = name();
    if (std::isdigit(static_cast<unsigned char>(word[0])) != 0) {
      const std::int64_t number = std::stoll(word);
      return {.cell = {{}, number}, .type = {.bits = number == cut(static_cast<std::uint64_t>(number), {}) ? 32 : 64}, .from = {}};
    }
    for (const TestLocation& l : program_.locations) {
      if (l.name == word) return {.cell = {word, 0}, .type = {.bits = 64, .is_pointer = true}, .from = {}};
    }
    return done ? read_register(word) : Value{};
  }

  // --- registers --------------------------------------------------------------------------------------------
  [[nodiscard]] Type register_type(const std::string& reg) const {
    const auto found = program_.register_types.find(reg);
    return found == program_.register_types.end() ? Type{} : type_of(found->second);
  }

  int add_node(Node node) {
    node.control = control_;
    nodes_.push_back(std::move(node));
    return static_cast<int>(nodes_.size()) - 1;
  }

  Value read_register(const std::string& reg) {
    const auto known = registers_.try_emplace(reg).first;
    Node node;
    if (known->second.writer >= 0) node.data.insert(known->second.writer);
    return {.cell = known->second.cell, .type = register_type(reg), .from = {add_node(std::move(node))}};
  }

  void write_register(const std::string& reg, const Value& value) {
    Node node;
    node.data = value.from;
    registers_[reg] = {converted(value, register_type(reg)).cell, add_node(std::move(node))};
  }

  static Value converted(Value value, const Type& type) {
    if (value.cell.object.empty() && !type.is_pointer) value.cell.number = cut(static_cast<std::uint64_t>(value.cell.number), type);
    value.type = type;
    return value;
  }

  // --- control and order ------------------------------------------------------------------------------------
  // Returns what is to be put back.
  Nodes open(const Value& condition) {
    Nodes before = control_;
    control_.insert(condition.from.begin(), condition.from.end());
    return before;
  }

  // The operands of an operator or call, up to close() or the end of its life.
  class Operands {
   public:
    explicit Operands(Evaluator& e) : e_(e), first_(e.run_.actions.size()), this_(first_) { e.operands_.push_back(this); }
    ~Operands() { close(); }
    Operands(const Operands&) = delete;
    Operands& operator=(const Operands&) = delete;
    void next() { this_ = e_.run_.actions.size(); }
    void close() {
      if (is_open_) e_.operands_.pop_back();
      is_open_ = false;
    }
    void add(std::set<int>& beside) const {
      for (std::size_t i = first_; i < this_; ++i) beside.insert(static_cast<int>(i));
    }

   private:
    Evaluator& e_;
    std::size_t first_, this_;
    bool is_open_ = true;
  };

  // The loads from which a way leads to one of the nodes, or that are among them.
  [[nodiscard]] std::set<int> loads_behind(const Nodes& from, bool along_control) const {
    std::set<int> loads;
    Nodes met = from;
    std::vector<int> open(from.begin(), from.end());
    while (!open.empty()) {
      const Node& node = nodes_[static_cast<std::size_t>(open.back())];
      open.pop_back();
      if (node.is_load) loads.insert(node.action);
      const auto follow = [&](const Nodes& before) {
        for (const int b : before) {
          if (met.insert(b).second) open.push_back(b);
        }
      };
      follow(node.data);
      if (along_control) follow(node.control);
    }
    return loads;
  }

  // --- actions ----------------------------------------------------------------------------------------------
  int act(Action action, const Nodes& addr, const Nodes& data) {
    const int index = static_cast<int>(run_.actions.size());
    for (const Operands* o : operands_) o->add(action.beside);
    const bool is_load = action.kind != EventKind::kWrite && action.kind != EventKind::kLockWrite && action.kind != EventKind::kUnlock &&
                         action.kind != EventKind::kFence && action.kind != EventKind::kSyncSrcu;
    run_.actions.push_back(std::move(action));
    addr_.push_back(addr);
    data_.push_back(data);
    Node node;
    node.action = index;
    node.is_load = is_load;
    node_of_.push_back(add_node(std::move(node)));
    return node_of_.back();
  }

  [[nodiscard]] const TestLocation& object_at(const Value& address) const {
    for (const TestLocation& l : program_.locations) {
      if (l.name == address.cell.object && address.cell.number >= 0 && address.cell.number < l.elements) return l;
    }
    throw Impossible("there is nothing at " + address.cell.object + " + " + std::to_string(address.cell.number));
  }

  void fence(Tag tag) { (void)act({.kind = EventKind::kFence, .tag = tag}, {}, {}); }

  Value load(const Value& address, Tag tag, EventKind kind = EventKind::kRead, bool in_rmw = false) {
    const Type type = type_of(object_at(address).type);
    const Cell cell = kind == EventKind::kRead ? oracle_.read(static_cast<int>(run_.actions.size())) : Cell{};
    const int node = act({.kind = kind, .tag = tag, .in_rmw = in_rmw, .location = address.cell, .value = cell}, address.from, {});
    return {.cell = cell, .type = type, .from = {node}};
  }

  void store(const Value& address, const Value& value, Tag tag, EventKind kind = EventKind::kWrite, bool in_rmw = false) {
    const Cell cell = converted(value, type_of(object_at(address).type)).cell;
    (void)act({.kind = kind, .tag = tag, .in_rmw = in_rmw, .location = address.cell, .value = cell}, address.from, value.from);
  }

  static Tag order_of(const std::string& function) {
    if (function.ends_with("_relaxed")) return Tag::kOnce;
    if (function.ends_with("_acquire")) return Tag::kAcquire;
    return function.ends_with("_release") ? Tag::kRelease : Tag::kMb;
  }

  Value call(const std::string& f, bool done) {
    static const std::map<std::string, Tag> kFences = {{"smp_mb", Tag::kMb},
                                                       {"smp_rmb", Tag::kRmb},
                                                       {"smp_wmb", Tag::kWmb},
                                                       {"barrier", Tag::kBarrier},
                                                       {"smp_mb__before_atomic", Tag::kBeforeAtomic},
                                                       {"smp_mb__after_atomic", Tag::kAfterAtomic},
                                                       {"smp_mb__after_spinlock", Tag::kAfterSpinlock},
                                                       {"smp_mb__after_unlock_lock", Tag::kAfterUnlockLock},
                                                       {"smp_mb__after_srcu_read_unlock", Tag::kAfterSrcuReadUnlock},
                                                       {"rcu_read_lock", Tag::kRcuLock},
                                                       {"rcu_read_unlock", Tag::kRcuUnlock},
                                                       {"synchronize_rcu", Tag::kSyncRcu},
                                                       {"synchronize_rcu_expedited", Tag::kSyncRcu}};
    const bool takes_object =
        f == "READ_ONCE" || f == "rcu_dereference" || f == "WRITE_ONCE" || f == "rcu_assign_pointer" || f == "smp_store_mb";
    std::vector<Value> v;
    {
      Operands operands(*this);
      while (!accept(")")) {
        if (!v.empty()) expect(",");
        operands.next();
        v.push_back(takes_object && v.empty() ? object(done) : expression(done));
      }
    }
    if (!done) return {};
    if (const auto found = kFences.find(f); found != kFences.end()) {
      fence(found->second);
      return {};
    }
    if (f == "READ_ONCE" || f == "rcu_dereference") return load(v[0], Tag::kOnce);
    if (f == "smp_load_acquire") return load(v[0], Tag::kAcquire);
    if (f == "srcu_read_lock" || f == "srcu_down_read") {
      Value cookie = load(v[0], Tag::kSrcuLock);
      cookie.type = {};
      return cookie;
    }
    if (f == "synchronize_srcu") {
      (void)act({.kind = EventKind::kSyncSrcu, .tag = Tag::kSyncSrcu, .location = v[0].cell}, v[0].from, {});
      return {};
    }
    if (f.starts_with("spin_")) return lock_call(f, v[0]);
    if (f.find("xchg") != std::string::npos || f.starts_with("atomic_")) return rmw(f, v);
    if (f == "smp_store_release" || f == "rcu_assign_pointer") store(v[0], v[1], Tag::kRelease);
    if (f == "srcu_read_unlock" || f == "srcu_up_read") store(v[0], v[1], Tag::kSrcuUnlock);
    if (f == "WRITE_ONCE" || f == "smp_store_mb") store(v[0], v[1], Tag::kOnce);
    if (f == "smp_store_mb") fence(Tag::kMb);
    return {};
  }

  // The address of `*e` or `a[e]`.
  Value object(bool done) {
    if (accept("*")) return unary(done);
    Operands operands(*this);
    const Value array = primary(done);
    expect("[");
    operands.next();
    const Value index = expression(done);
    expect("]");
    return done ? combine("+", array, index) : Value{};
  }

  Value lock_call(const std::string& f, const Value& lock) {
    const EventKind next = oracle_.kind(static_cast<int>(run_.actions.size()));
    const auto with = [](Value value, std::int64_t number) {
      value.cell = {{}, number};
      value.type = {};
      return value;
    };
    if (f == "spin_unlock") {
      (void)act({.kind = EventKind::kUnlock, .tag = Tag::kRelease, .location = lock.cell}, lock.from, {});
      return {};
    }
    if (f == "spin_is_locked") return with(load(lock, Tag::kOnce, next), next == EventKind::kReadLocked ? 1 : 0);
    if (f == "spin_trylock" && next == EventKind::kLockFail) return with(load(lock, Tag::kOnce, next), 0);
    const Value read = load(lock, Tag::kAcquire, EventKind::kLockRead);
    (void)act({.kind = EventKind::kLockWrite, .tag = Tag::kOnce, .location = lock.cell, .value = {{}, 1}}, lock.from, {});
    return with(read, 1);
  }

  Value rmw(const std::string& f, std::vector<Value> v) {
    const bool exchanges = f.find("xchg") != std::string::npos;
    const bool adds_unless = f == "atomic_add_unless";
    if (!exchanges && !adds_unless) {
      if (v.size() == 1) v.insert(v.begin(), Value{.cell = {{}, 1}, .type = {}, .from = {}});
      std::swap(v[0], v[1]);
    }
    const Value address = v[0];
    const Type type = type_of(object_at(address).type);
    for (std::size_t i = 1; i < v.size(); ++i) v[i] = converted(v[i], type);
    const bool returns = exchanges || adds_unless || f.find("_return") != std::string::npos || f.find("fetch_") != std::string::npos ||
                         f.find("_test") != std::string::npos;
    const Tag tag = returns ? order_of(f) : Tag::kNoreturn;
    const Value old = load(address, tag, EventKind::kRead, true);
    if (exchanges) {
      const bool compares = f.find("cmpxchg") != std::string::npos;
      if (!compares || old.cell == v[1].cell) store(address, v.back(), tag, EventKind::kWrite, true);
      return old;
    }
    if (adds_unless) {
      const bool adds = old.cell != v[2].cell;
      if (adds) store(address, combine("+", old, v[1]), tag, EventKind::kWrite, true);
      Value result{.cell = {{}, adds}, .type = {}, .from = old.from};
      result.from.insert(v[2].from.begin(), v[2].from.end());
      return result;
    }
    Value updated;
    if (f.find("andnot") != std::string::npos) {
      updated = combine("&", old, v[1]);
      updated.cell.number = old.cell.number & ~v[1].cell.number;
    } else {
      const auto has = [&](const char* part) { return f.find(part) != std::string::npos; };
      updated = combine(has("_add") || has("_inc")   ? "+"
                        : has("_sub") || has("_dec") ? "-"
                        : has("xor")                 ? "^"
                        : has("_or")                 ? "|"
                                                     : "&",
                        old, v[1]);
    }
    updated = converted(updated, type);
    store(address, updated, tag, EventKind::kWrite, true);
    if (!returns) return {};
    if (f.find("_test") != std::string::npos) return {.cell = {{}, updated.cell.number == 0}, .type = {}, .from = updated.from};
    if (f.find("fetch_") != std::string::npos) updated.cell = old.cell;
    return updated;
  }

  struct Content {
    Cell cell{};
    int writer = -1;  // the node of the last write
  };

  const TestProgram& program_;
  const Oracle& oracle_;
  std::string text_;
  std::size_t at_ = 0;
  Run run_;
  std::vector<Nodes> addr_, data_;  // by action
  std::vector<int> node_of_;        // by action
  std::vector<Node> nodes_;
  std::map<std::string, Content> registers_;
  Nodes control_;
  std::vector<const Operands*> operands_;
};

}  // namespace

Run evaluate(const TestProgram& program, int thread, const Oracle& oracle) { return Evaluator(program, thread, oracle).run(); }

}  // namespace lkmc::reference
