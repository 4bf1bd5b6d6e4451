// SPDX-License-Identifier: Apache-2.0
#include "src/c/interpreter.h"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "src/litmus/perform.h"

namespace lkmc::c {
namespace {

constexpr std::size_t kMaxDepth = 100;         // of calls
constexpr int kMaxInstructions = 1'000'000;    // of a path

std::size_t at(int index) { return static_cast<std::size_t>(index); }

// What a register holds.
struct Content {
  Value value;
  std::optional<Word> word{};  // if it is the same in all executions of the path
  Integer range{};             // that the value does not leave; by default, any word
  int private_object = -1;     // that the value may point into
  // That it is so many bytes behind another value: both are known if one is.
  struct Distance {
    ExprId from;
    Word bytes;
  };
  std::optional<Distance> distance{};
};
using Registers = std::vector<std::optional<Content>>;

bool is_same(const std::optional<Content>& a, const std::optional<Content>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->value.expr == b->value.expr && a->value.reads == b->value.reads && a->value.conditions == b->value.conditions;
}

// A variable in memory that no other thread knows of.
struct PrivateObject {
  int number;
  LocalKey key;
  const std::string* name;
  const Layout* layout;
  std::vector<std::optional<Content>> cells;
  std::vector<std::uint64_t> stored;  // for each, the number of the last store to it
  bool is_gone = false;
};

// The last time that a cycle came to its beginning.
struct Round {
  int decided = 0;            // rounds that depended on what was read
  int idle = 0;               // rounds in a row that have changed nothing
  EventIndex first_event = 0;
  std::uint64_t effects = 0;
  std::uint64_t decisions = 0;
  std::uint64_t stores = 0;          // to private memory
  std::size_t reads = 0;             // of it
  std::vector<std::optional<Content>> carried{};
};

struct Frame {
  const Function* function;
  int index;                       // of the function
  Reg result = kNoReg;             // of the caller
  Registers registers{};
  BlockId block = 0;
  std::size_t next = 0;            // instruction
  // The decisions that are open: where each ends, and how many scopes were open before.
  struct Scope {
    BlockId joins;
    std::size_t open_before;
  };
  std::vector<Scope> scopes{};
  std::map<BlockId, Round> rounds{};
  std::vector<int> privates{};     // objects that go with it
  int open_operands = 0;
};

class Interpreter {
 public:
  Interpreter(const Job& job, Thread& thread) : job_(job), thread_(thread) {}

  void run(int function) {
    enter(function, {}, kNoReg, {});
    while (!frames_.empty()) {
      if (!step()) return;
    }
    if (!rcu_locks_.empty()) thread_.fail(rcu_locks_.front(), "the thread ends inside this RCU read-side critical section");
  }

 private:
  // --- control ------------------------------------------------------------------------------------------------------------

  Frame& frame() { return frames_.back(); }

  void enter(int index, std::vector<Content> arguments, Reg result, const SourcePos& pos) {
    if (frames_.size() >= kMaxDepth) give_up_if_certain(pos, "calls are nested more than " + std::to_string(kMaxDepth) + " deep: a recursion without end?");
    const Function& f = *job_.code.functions[at(index)];
    if (arguments.size() < f.parameters.size()) give_up_if_certain(pos, "`" + f.name + "` is called with too few arguments");
    Frame& frame = frames_.emplace_back(Frame{.function = &f, .index = index, .result = result});
    frame.registers.resize(at(f.registers));
    for (std::size_t i = 0; i < f.parameters.size(); ++i) frame.registers[at(f.parameters[i])] = std::move(arguments[i]);
    come_to(0);
  }

  void leave(Reg value) {
    std::optional<Content> returned;
    if (value != kNoReg) {
      returned = get(value, frame().function->blocks[at(frame().block)]->end.pos);
      returned->value = thread_.assigned(std::move(returned->value));
    }
    if (!frame().scopes.empty()) thread_.close_control(frame().scopes.front().open_before);
    // A return in the middle of an expression.
    for (; frame().open_operands > 0; --frame().open_operands) thread_.close_operands();
    for (const int object : frame().privates) privates_[at(object)].is_gone = true;
    const Reg result = frame().result;
    frames_.pop_back();
    if (!frames_.empty() && result != kNoReg) frame().registers[at(result)] = std::move(returned);
  }

  // One instruction, or the end of a block. False if no execution goes on from here.
  bool step() {
    Frame& f = frame();
    const Block& block = *f.function->blocks[at(f.block)];
    if (++instructions_ > kMaxInstructions) {
      give_up(block.end.pos, "the thread performs more than a million instructions: a loop without end?");
    }
    if (f.next < block.code.size()) {
      execute(block.code[f.next++]);
      return true;
    }
    const End& end = block.end;
    switch (end.kind) {
      case End::Kind::kJump:
        return go_to(end.yes, end.pos);
      case End::Kind::kBranch: {
        const Content condition = get(end.value, end.pos);
        const bool yes = decide(condition);
        open(condition.value, block.joins);
        return go_to(yes ? end.yes : end.no, end.pos);
      }
      case End::Kind::kSwitch:
        return go_to(chosen(end, block.joins), end.pos);
      case End::Kind::kReturn:
        leave(end.value);
        return true;
      case End::Kind::kDead:
        thread_.fail(end.pos, "the end of a function that must not return is reached");
    }
    return true;
  }

  bool decide(const Content& condition) {
    if (condition.word) return *condition.word != 0;
    const auto [known, is_new] = truths_.try_emplace(condition.value.expr, false);
    if (is_new) {
      ++decisions_;
      known->second = thread_.branch(condition.value);
    }
    return known->second;
  }

  // The test cannot be explored, whatever its executions do.
  [[noreturn]] void give_up(const SourcePos& pos, const std::string& why) {
    job_.host.give_up(pos, why);
    thread_.stop_at_bound(pos);
  }
  // Where pointers were read, the path only supposes that they point where they do: then it fails.
  [[noreturn]] void give_up_if_certain(const SourcePos& pos, const std::string& why) {
    if (!known_words_.empty()) thread_.fail(pos, why);
    give_up(pos, why);
  }

  BlockId chosen(const End& end, BlockId joins) {
    const Content value = get(end.value, end.pos);
    BlockId target = end.no;
    for (const Case& c : end.cases) {
      Content holds = computed(c.first == c.last ? BinaryOp::kEqual : BinaryOp::kGreaterEqual, value, constant(c.first));
      if (c.first != c.last) holds = computed(BinaryOp::kLogicalAnd, holds, computed(BinaryOp::kLessEqual, value, constant(c.last)));
      if (decide(holds)) {
        target = c.target;
        break;
      }
    }
    open(value.value, joins);
    return target;
  }

  // What follows depends on the condition, up to where its paths join.
  void open(const Value& condition, BlockId joins) {
    frame().scopes.push_back({joins, thread_.open_control(condition)});
  }

  void come_to(BlockId to) {
    Frame& f = frame();
    f.block = to;
    f.next = 0;
    std::optional<std::size_t> open;
    while (!f.scopes.empty() && f.scopes.back().joins == to) {
      open = f.scopes.back().open_before;
      f.scopes.pop_back();
    }
    if (open) thread_.close_control(*open);
    const Block& block = *f.function->blocks[at(to)];
    if (block.loop != nullptr) f.rounds[to] = begin_round(*block.loop);
  }

  bool go_to(BlockId to, const SourcePos& pos) {
    Frame& f = frame();
    const Block& from = *f.function->blocks[at(f.block)];
    const Block& target = *f.function->blocks[at(to)];
    if (target.order > from.order || target.loop == nullptr) {
      come_to(to);
      return true;
    }
    return go_round(to, *target.loop, pos);
  }

  // --- cycles -------------------------------------------------------------------------------------------------------------

  [[nodiscard]] Round begin_round(const Loop& loop) {
    Round round{.first_event = thread_.event_count(), .effects = effects_, .decisions = decisions_, .stores = stores_, .reads = reads_of_privates_.size()};
    for (const Reg r : loop.carried) round.carried.push_back(frame().registers[at(r)]);
    return round;
  }

  // A round that has changed nothing will be followed by others like it until it ends with another outcome of its reads: all but
  // the last can be left out, since they add nothing that a later event could depend on, they only constrain. If it leaves something
  // that may be used later, a round that ends may need one before it. What it finds in its own memory it must not have replaced.
  bool go_round(BlockId head, const Loop& loop, const SourcePos& pos) {
    const Round before = frame().rounds[head];
    Round now = begin_round(loop);
    const bool changed = now.effects != before.effects || thread_.wrote_since(before.first_event) || replaces_what_it_read(before) ||
                         !std::equal(now.carried.begin(), now.carried.end(), before.carried.begin(), is_same);
    now.idle = changed ? 0 : before.idle + 1;
    now.decided = before.decided + (now.decisions != before.decisions ? 1 : 0);
    if (now.idle > (loop.leaves_something || now.stores != before.stores ? 1 : 0)) return wait(before.first_event, pos);
    if (now.decided >= job_.unroll) thread_.stop_at_bound(pos);
    come_to(head);
    frame().rounds[head] = std::move(now);
    return true;
  }

  // Whether the round has read something of private memory that was there before, and is not there any more.
  [[nodiscard]] bool replaces_what_it_read(const Round& round) const {
    const auto begin = reads_of_privates_.begin() + static_cast<std::ptrdiff_t>(round.reads);
    return std::any_of(begin, reads_of_privates_.end(), [&](const PrivateRead& r) {
      return r.seen <= round.stores && privates_[at(r.object)].stored[r.cell] > round.stores;
    });
  }

  bool wait(EventIndex round, const SourcePos& pos) {
    const Value never = thread_.constant(0);
    std::vector<EventIndex> looks = thread_.reads_since(round);
    if (thread_.chooses_to_wait(pos)) thread_.wait_for_ever(never, pos, {.looks = std::move(looks)});
    thread_.require(never, pos);
    return false;
  }

  // --- registers ----------------------------------------------------------------------------------------------------------

  Content get(Reg reg, const SourcePos& pos) {
    const std::optional<Content>& content = frame().registers[at(reg)];
    if (!content) thread_.fail(pos, "a variable is used that has no value yet");
    Content c = *content;
    // On this path it is known what the value is, if it has been used as an address.
    const auto word = c.word ? known_words_.end() : known_words_.find(origin_of(c).from);
    if (word == known_words_.end()) return c;
    c.word = word->second + origin_of(c).bytes;
    c.value.expr = thread_.constant(*c.word).expr;
    return c;
  }
  void set(Reg reg, Content content) {
    if (reg != kNoReg) frame().registers[at(reg)] = std::move(content);
  }

  [[nodiscard]] static Content::Distance origin_of(const Content& c) { return c.distance.value_or(Content::Distance{c.value.expr, 0}); }

  Content cut_to(const Integer& integer, Content content) {
    if (integer.bits >= 64 || content.range.fits_into(integer)) return content;
    const int private_object = content.private_object;
    if (integer.is_signed) {
      content = computed(integer.bits == 8 ? UnaryOp::kSignExtend8 : integer.bits == 16 ? UnaryOp::kSignExtend16 : UnaryOp::kSignExtend32, content);
    } else {
      content = computed(BinaryOp::kBitAnd, content, constant((Word{1} << integer.bits) - 1));
    }
    content.private_object = private_object;
    if (!content.word) content.range = integer;
    return content;
  }

  [[nodiscard]] static Integer range_of(const std::optional<Word>& word) {
    if (!word) return {};
    for (const int bits : {1, 8, 16, 32}) {
      if (*word >= 0 && *word < Word{1} << bits) return {bits, false};
      if (*word < 0 && *word >= -(Word{1} << (bits - 1))) return {bits, true};
    }
    return {};
  }

  Content constant(Word word) { return {thread_.constant(word), word, range_of(word)}; }
  Content computed(UnaryOp op, const Content& a) {
    Content result{thread_.unary(op, a.value)};
    if (a.word) result.word = apply(op, *a.word);
    if (op == UnaryOp::kLogicalNot && !a.word) take_as_known(result, truth_of(a.value.expr), false);
    result.range = range_of(result.word);
    return result;
  }
  Content computed(BinaryOp op, const Content& a, const Content& b) {
    Content result{thread_.binary(op, a.value, b.value)};
    if (a.word && b.word) {
      result.word = apply(op, *a.word, *b.word);
    } else if (op == BinaryOp::kEqual || op == BinaryOp::kNotEqual) {
      take_as_known(result, are_equal(a, b), op == BinaryOp::kEqual);
    }
    result.range = range_of(result.word);
    return result;
  }

  // What the decisions so far tell: who has found out something does not decide it again.
  [[nodiscard]] std::optional<bool> truth_of(ExprId e) const {
    const auto known = truths_.find(e);
    return known == truths_.end() ? std::nullopt : std::optional(known->second);
  }
  [[nodiscard]] std::optional<bool> are_equal(const Content& a, const Content& b) const {
    if (b.word == 0) {
      if (const auto truth = truth_of(a.value.expr)) return !*truth;
    }
    const auto known = equalities_.find(std::minmax(a.value.expr, b.value.expr));
    return known == equalities_.end() ? std::nullopt : std::optional(known->second);
  }
  // The result is whether `known` is as `wanted`; it depends on what it was computed from all the same.
  void take_as_known(Content& result, std::optional<bool> known, bool wanted) {
    if (!known) return;
    result.word = *known == wanted ? 1 : 0;
    result.value.expr = thread_.constant(*result.word).expr;
  }

  void execute(const Instruction& i) {
    switch (i.op) {
      case Op::kConstant:
        return set(i.dst, constant(i.word));
      case Op::kFunction:
        return set(i.dst, constant(address_of_object(job_.memory.object_of_function(i.index))));
      case Op::kGlobal:
        return set(i.dst, constant(address_of_object(job_.memory.object_of_global(i.index))));
      case Op::kLocal:
        return set(i.dst, local(i.index));
      case Op::kMove: {
        Content content = get(i.a, i.pos);
        content.value = thread_.assigned(std::move(content.value));
        return set(i.dst, std::move(content));
      }
      case Op::kCopyValue:
        return set(i.dst, get(i.a, i.pos));
      case Op::kUnary: {
        const Content a = get(i.a, i.pos);
        Content result = computed(i.unary, a);
        result.private_object = a.private_object;
        if (i.unary == UnaryOp::kLogicalNot) result.range = {1, false};
        return set(i.dst, std::move(result));
      }
      case Op::kBinary:
        return set(i.dst, binary(i));
      case Op::kConvert:
        return set(i.dst, cut_to(i.integer, get(i.a, i.pos)));
      case Op::kDependOn: {
        Content content = get(i.a, i.pos);
        content.value = computed_from(get(i.b, i.pos).value, content.value, content.value.expr);
        return set(i.dst, std::move(content));
      }
      case Op::kLoad:
        return set(i.dst, cut_to(i.integer, load(get(i.a, i.pos), i.word, i.bytes, i.tag, i.pos)));
      case Op::kStore:
        return store(get(i.a, i.pos), i.word, i.bytes, get(i.b, i.pos), i.tag, i.pos);
      case Op::kModify:
        return set(i.dst, modify(i));
      case Op::kCopyObject:
        return copy(i);
      case Op::kCall:
        return call(i);
      case Op::kPrimitive:
        return set(i.dst, primitive(i));
      case Op::kSpecial:
        return special(i);
      case Op::kOperands:
        return operands(i.operands);
    }
  }

  void operands(Operands what) {
    switch (what) {
      case Operands::kBegin:
        ++frame().open_operands;
        return thread_.open_operands();
      case Operands::kNext:
        return thread_.next_operand();
      case Operands::kEnd:
        --frame().open_operands;
        return thread_.close_operands();
    }
  }

  Content binary(const Instruction& i) {
    const Content a = get(i.a, i.pos), b = get(i.b, i.pos);
    if (i.may_fail && !decide(b)) thread_.fail(i.pos, "division by zero");
    Content result = i.swapped ? computed(i.binary, b, a) : computed(i.binary, a, b);
    if (i.negated) result = computed(UnaryOp::kLogicalNot, result);
    result.range = range_after(i, a.range, b.range, result.word);
    if (!result.word && b.word && !i.swapped && (i.binary == BinaryOp::kAdd || i.binary == BinaryOp::kSubtract)) {
      const Content::Distance origin = origin_of(a);
      result.distance = {origin.from, origin.bytes + (i.binary == BinaryOp::kAdd ? *b.word : -*b.word)};
    }
    const bool is_pointer = a.private_object >= 0 || b.private_object >= 0;
    if (is_pointer && result.range.bits >= 64) result.private_object = std::max(a.private_object, b.private_object);
    return result;
  }

  [[nodiscard]] Integer range_after(const Instruction& i, const Integer& a, const Integer& b, const std::optional<Word>& result) const {
    switch (i.binary) {
      case BinaryOp::kEqual:
      case BinaryOp::kNotEqual:
      case BinaryOp::kLess:
      case BinaryOp::kLessEqual:
      case BinaryOp::kGreater:
      case BinaryOp::kGreaterEqual:
      case BinaryOp::kUnsignedLess:
      case BinaryOp::kLogicalAnd:
      case BinaryOp::kLogicalOr:
        return {1, false};
      case BinaryOp::kBitAnd:
        // No more than an operand that is not negative.
        if (!a.is_signed && (b.is_signed || a.bits <= b.bits)) return a;
        if (!b.is_signed) return b;
        return a.bits >= b.bits ? a : b;
      case BinaryOp::kBitOr:
      case BinaryOp::kBitXor:
        // Of two integers of one kind, such an operation makes a third.
        if (a.is_signed == b.is_signed) return a.bits >= b.bits ? a : b;
        break;
      default:
        break;
    }
    return range_of(result);
  }

  // --- memory -------------------------------------------------------------------------------------------------------------

  // Where an access goes to.
  struct Target {
    const Cell* cell;
    PrivateObject* owner = nullptr;  // if it is private; if not:
    Location location = kNoLocation;
    Value address{};                 // for Thread
  };

  Word word_of(const Content& address, const SourcePos& pos) {
    if (address.word) return *address.word;
    const Content::Distance origin = origin_of(address);
    const auto [found, is_new] = known_words_.try_emplace(origin.from, 0);
    if (is_new) {
      ++decisions_;
      found->second = thread_.concretize({.expr = origin.from, .reads = address.value.reads, .conditions = address.value.conditions}, pos, Wanted::kAddress);
    }
    return found->second + origin.bytes;
  }

  // `bytes` is 0 if the size is that of whatever is there.
  Target target(const Content& address, Word offset, int bytes, const SourcePos& pos) {
    const Word word = word_of(address, pos);
    auto pointer = pointer_at(word);
    if (!pointer) {
      if (word >= -4096 && word < 4096) thread_.fail(pos, word < 0 ? "dereference of an error pointer" : "null pointer dereference");
      thread_.fail(pos, "access through a value that is not an address");
    }
    pointer->offset += offset;
    if (pointer->object >= kFirstPrivate) return private_target(*pointer, bytes, pos);
    const auto found = job_.memory.cell_at(*pointer, bytes);
    if (const auto* wrong = std::get_if<std::string>(&found)) give_up_if_certain(pos, *wrong);
    const Cell* cell = std::get<const Cell*>(found);
    const Memory::Object& object = *job_.memory.object(pointer->object);
    if (const std::string wrong = job_.memory.use(object, *cell, pos); !wrong.empty()) give_up(pos, wrong);
    const Location location = object.location_of(*cell);
    return {.cell = cell, .location = location, .address = computed_from(address.value, thread_.constant(Program::address_of(location)).expr)};
  }

  Target private_target(const Pointer& pointer, int bytes, const SourcePos& pos) {
    PrivateObject& object = privates_[static_cast<std::size_t>(pointer.object - kFirstPrivate)];
    if (object.is_gone) thread_.fail(pos, "use of `" + *object.name + "` after the function that it belongs to has returned");
    const Cell* cell = object.layout->find(pointer.offset, bytes);
    if (cell == nullptr) give_up_if_certain(pos, object.layout->why_not(*object.name, pointer.offset, bytes));
    for (const int other : cell->overlaps) {
      if (object.cells[at(other)]) give_up(pos, "`" + *object.name + cell->name + "` and `" + *object.name + object.layout->cells[at(other)].name + "` overlap and have different sizes: lkmc knows no accesses of mixed size");
    }
    return {.cell = cell, .owner = &object, .address = {}};
  }

  std::optional<Content>& cell_of(const Target& t) {
    return t.owner->cells[static_cast<std::size_t>(t.cell - t.owner->layout->cells.data())];
  }

  Content load(const Content& address, Word offset, int bytes, Tag tag, const SourcePos& pos) {
    if (const auto text = character(address, offset, bytes)) return constant(*text);
    const Target t = target(address, offset, bytes, pos);
    if (t.owner == nullptr) return {read(t, tag, pos), {}, t.cell->integer};
    const std::optional<Content>& content = cell_of(t);
    if (!content) thread_.fail(pos, "`" + *t.owner->name + t.cell->name + "` is read before it has a value");
    const auto cell = static_cast<std::size_t>(t.cell - t.owner->layout->cells.data());
    reads_of_privates_.push_back({t.owner->stored[cell], t.owner->number, cell});
    Content c = *content;
    c.value.reads = merge_reads(c.value.reads, address.value.reads);
    return c;
  }

  Value read(const Target& t, Tag tag, const SourcePos& pos) {
    if (job_.phase != Phase::kFinally) return thread_.read(t.address, tag, pos);
    // All reads of a location see the same.
    const auto [known, is_new] = final_values_.try_emplace(t.location);
    if (is_new) known->second = thread_.read(t.address, Tag::kOnce, pos);
    return known->second;
  }

  // Of a string literal.
  std::optional<Word> character(const Content& address, Word offset, int bytes) {
    const auto pointer = address.word && bytes == 1 ? pointer_at(*address.word) : std::nullopt;
    if (!pointer || pointer->object >= kFirstPrivate) return std::nullopt;
    const Memory::Object* object = job_.memory.object(pointer->object);
    if (object == nullptr || object->kind != Memory::Object::Kind::kText) return std::nullopt;
    const Word index = pointer->offset + offset;
    if (index < 0 || index > static_cast<Word>(object->text.size())) return std::nullopt;
    return index == static_cast<Word>(object->text.size()) ? 0 : static_cast<signed char>(object->text[static_cast<std::size_t>(index)]);
  }

  void must_not_write(const SourcePos& pos) {
    if (job_.phase == Phase::kFinally) give_up(pos, "what looks at the end of a test must not write");
  }

  void store(const Content& address, Word offset, int bytes, const Content& value, Tag tag, const SourcePos& pos) {
    const Target t = target(address, offset, bytes, pos);
    const Content cut = cut_to(t.cell->integer, value);
    if (t.owner != nullptr) {
      t.owner->stored[static_cast<std::size_t>(t.cell - t.owner->layout->cells.data())] = ++stores_;
      Content assigned = cut;
      assigned.value = thread_.assigned(std::move(assigned.value));
      cell_of(t) = std::move(assigned);
      return;
    }
    must_not_write(pos);
    give_away(cut, pos);
    thread_.write(t.address, cut.value, tag, pos);
  }

  // The value becomes known to other threads, and with it what it points to.
  void give_away(const Content& content, const SourcePos& pos) {
    const auto& word = content.word;
    if (content.private_object >= 0 && (!word || is_private(*word))) share(content.private_object, pos);
    if (word && pointer_at(*word)) job_.host.may_be_pointed_to(*word);
  }

  [[noreturn]] void share(int object, const SourcePos& pos) {
    if (job_.phase != Phase::kThread) give_up(pos, "`" + *privates_[at(object)].name + "` is a variable of a function that returns before the threads begin");
    job_.host.share_local(privates_[at(object)].key);
    thread_.stop_at_bound(pos);  // to be explored again
  }

  Content modify(const Instruction& i) {
    const Content address = get(i.a, i.pos), operand = get(i.b, i.pos);
    Content before, after;
    const auto changed = [&](const Content& old, const Integer& range) {
      before = old;
      after = cut_to(range, computed(i.binary, old, operand));
      return after.value;
    };
    const Target t = target(address, i.word, i.bytes, i.pos);
    if (t.owner != nullptr || i.tag != Tag::kPlain || job_.phase == Phase::kFinally) {
      const Content old = load(address, i.word, i.bytes, i.tag, i.pos);
      (void)changed(old, t.cell->integer);
      after.private_object = old.private_object;
      store(address, i.word, i.bytes, after, i.tag, i.pos);
    } else {
      (void)thread_.update(t.address, [&](const Value& old) { return changed({old, {}, t.cell->integer}, t.cell->integer); }, {}, i.pos);
    }
    return cut_to(i.integer, i.is_old ? before : after);
  }

  void copy(const Instruction& i) {
    const Content to = get(i.a, i.pos), from = get(i.b, i.pos);
    for (const Part& part : i.parts) {
      // What has no value yet is copied as that.
      if (from.word && is_private(*from.word)) {
        auto pointer = *pointer_at(*from.word);
        pointer.offset += part.offset;
        if (!cell_of(private_target(pointer, part.bytes, i.pos))) continue;
      }
      store(to, part.offset, part.bytes, load(from, part.offset, part.bytes, Tag::kPlain, i.pos), Tag::kPlain, i.pos);
    }
  }

  Content local(int index) {
    const LocalObject& declared = frame().function->locals[at(index)];
    const LocalKey key{job_.id, frame().index, index, activations_[{frame().index, index}]++};
    if (const auto object = job_.host.shared_local(key)) return constant(address_of_object(*object));
    const auto number = static_cast<int>(privates_.size());
    const Layout& layout = *job_.memory.layout_of_local(frame().index, index);
    privates_.push_back({.number = number, .key = key, .name = &declared.name, .layout = &layout, .cells = {}, .stored = {}});
    privates_.back().cells.resize(layout.cells.size());
    privates_.back().stored.resize(layout.cells.size());
    frame().privates.push_back(number);
    Content content = constant(address_of_object(kFirstPrivate + number));
    content.private_object = number;
    return content;
  }

  // --- calls --------------------------------------------------------------------------------------------------------------

  void call(const Instruction& i) {
    std::vector<Content> arguments;
    for (const Reg r : i.arguments) arguments.push_back(get(r, i.pos));
    int index = i.index;
    if (index < 0) {
      const auto pointer = pointer_at(word_of(get(i.a, i.pos), i.pos));
      const Memory::Object* object = pointer && pointer->object < kFirstPrivate ? job_.memory.object(pointer->object) : nullptr;
      if (object == nullptr || object->kind != Memory::Object::Kind::kFunction) thread_.fail(i.pos, "call of a value that is no function");
      index = object->function;
    }
    enter(index, std::move(arguments), i.dst, i.pos);
  }

  Content primitive(const Instruction& i) {
    const litmus::Primitive& p = *i.primitive;
    const int address_argument = p.address_argument();
    std::vector<Content> arguments;
    for (const Reg r : i.arguments) arguments.push_back(get(r, i.pos));
    Value address;
    Integer object;
    if (address_argument >= 0) {
      const Content pointer = std::move(arguments[at(address_argument)]);
      arguments.erase(arguments.begin() + address_argument);
      const Target t = target(pointer, 0, i.bytes, i.pos);
      // Atomic operations are for what others see.
      if (t.owner != nullptr) share(pointer.private_object, i.pos);
      address = t.address;
      object = t.cell->integer;
      if (job_.phase == Phase::kFinally) return look(p, t, i.pos);
    } else if (job_.phase == Phase::kFinally) {
      return constant(0);
    }
    std::vector<Value> values;
    for (const Content& argument : arguments) {
      const Content cut = cut_to(object, argument);
      give_away(cut, i.pos);
      values.push_back(cut.value);
    }
    if (p.tag == Tag::kRcuLock) rcu_locks_.push_back(i.pos);
    if (p.tag == Tag::kRcuUnlock) {
      if (rcu_locks_.empty()) thread_.fail(i.pos, "rcu_read_unlock() without rcu_read_lock()");
      rcu_locks_.pop_back();
    }
    const EventIndex before = thread_.event_count();
    const Value value = litmus::perform({thread_, p, address, object, values, i.pos, Unmatched::kFails});
    using litmus::Action;
    if (p.action == Action::kCompareExchange || p.action == Action::kAddUnless || p.action == Action::kSpinTrylock) ++decisions_;
    if (p.action == Action::kCompareExchange) {
      equalities_[std::minmax(value.expr, values[0].expr)] = thread_.wrote_since(before);
    }
    // The rest are truths.
    const bool is_content = p.yields_object() || p.action == litmus::Action::kRead;
    return {value, {}, is_content ? object : Integer{1, false}};
  }

  // At the end of a test, what a primitive reads is what is there.
  Content look(const litmus::Primitive& p, const Target& t, const SourcePos& pos) {
    if (p.writes() || p.action == litmus::Action::kSyncSrcu || p.tag == Tag::kSrcuLock) must_not_write(pos);
    return {read(t, Tag::kOnce, pos), {}, t.cell->integer};
  }

  void special(const Instruction& i) {
    switch (i.special) {
      case Special::kCheck:
      case Special::kMust:
        return check(get(i.arguments[0], i.pos), i.special == Special::kMust ? OnFailure::kStop : OnFailure::kGoOn, i);
      case Special::kFail:
        thread_.fail(i.pos, i.name);
      case Special::kThread:
        return set(i.dst, constant(job_.phase == Phase::kThread ? job_.id : 0));
      case Special::kRaceIsMeant:
      case Special::kRaceIsOver:
        return race_is_meant(i);
      case Special::kTake:
      case Special::kTryTake:
      case Special::kGiveBack:
        return use_lock(i);
      case Special::kReached:
      case Special::kObserve:
        ++effects_;
        return observe(i);
    }
  }

  void check(const Content& holds, OnFailure on_failure, const Instruction& i) {
    // Nobody else is there during the set-up, and nothing goes on from there.
    if (job_.phase == Phase::kSetup && !decide(holds)) thread_.fail(i.pos, i.name);
    thread_.check(holds.value, on_failure, i.pos, i.name);
  }

  void use_lock(const Instruction& i) {
    const Content pointer = get(i.arguments[0], i.pos);
    const Target t = target(pointer, 0, 0, i.pos);
    if (t.owner != nullptr) share(pointer.private_object, i.pos);
    must_not_write(i.pos);
    const Value addend = get(i.arguments.back(), i.pos).value;
    const auto add = [&](const Value& old) { return thread_.binary(BinaryOp::kAdd, old, addend); };
    const LockId lock{t.location};
    if (i.special == Special::kGiveBack) {
      const auto taken = std::find_if(taken_.rbegin(), taken_.rend(), [&](const auto& l) { return l.first == t.location; });
      if (taken != taken_.rend()) {
        thread_.lock_given_back(taken->second);
        taken_.erase(std::next(taken).base());
      }
      (void)thread_.rmw(t.address, add, Tag::kRelease, i.pos);
      return;
    }
    const Content mask = get(i.arguments[1], i.pos);
    const auto free = [&](const Value& old) { return thread_.unary(UnaryOp::kLogicalNot, thread_.binary(BinaryOp::kBitAnd, old, mask.value)); };
    // Who does not mind all others goes in with some of them.
    const bool shares = mask.word != -1;
    bool got_in = true;
    if (i.special == Special::kTake) {
      (void)thread_.await_rmw(t.address, free, add, Tag::kAcquire, i.pos, {.lock = lock, .shared = shares});
    } else {
      ++decisions_;
      got_in = thread_.try_rmw(t.address, free, add, Tag::kAcquire, i.pos).second;
      set(i.dst, constant(got_in ? 1 : 0));
    }
    if (got_in) taken_.emplace_back(t.location, thread_.lock_taken(lock, shares));
  }

  void race_is_meant(const Instruction& i) {
    if (job_.phase != Phase::kThread) return;
    const bool begins = i.special == Special::kRaceIsMeant;
    thread_.mark({.kind = begins ? MarkKind::kDisable : MarkKind::kEnable, .pos = i.pos});
    thread_.mean_races(begins);
  }

  void observe(const Instruction& i) {
    if (job_.phase == Phase::kSetup) give_up(i.pos, "nothing can be observed before the threads run");
    Value value = get(i.arguments[0], i.pos).value;
    const bool is_of_thread = i.special == Special::kReached && job_.phase == Phase::kThread;
    const int slot = job_.host.slot(i.special, i.name, is_of_thread ? job_.id : kInitThread);
    if (i.special == Special::kReached) {
      value = thread_.binary(BinaryOp::kNotEqual, value, thread_.constant(0));
      // Once it has been true, it stays so.
      const auto before = reached_.find(slot);
      if (before != reached_.end()) value = thread_.binary(BinaryOp::kLogicalOr, before->second, value);
      reached_[slot] = value;
    }
    thread_.observe(slot, value);
    thread_.observe(slot + 1, thread_.constant(1));
  }

  const Job& job_;
  Thread& thread_;
  std::deque<Frame> frames_;
  std::deque<PrivateObject> privates_;
  std::map<std::pair<int, int>, int> activations_;  // of local objects
  std::map<ExprId, Word> known_words_;              // values that were used as addresses
  std::map<ExprId, bool> truths_;                   // of what was decided: whether it is not zero
  std::map<std::pair<ExprId, ExprId>, bool> equalities_;
  std::map<Location, Value> final_values_;
  std::map<int, Value> reached_;
  std::vector<SourcePos> rcu_locks_;
  std::vector<std::pair<Location, EventIndex>> taken_;  // locks, with the notes of it
  // A read of private memory, with the number of the store that it sees.
  struct PrivateRead {
    std::uint64_t seen;
    int object;
    std::size_t cell;
  };
  std::vector<PrivateRead> reads_of_privates_;
  std::uint64_t stores_ = 0;     // to private memory
  std::uint64_t effects_ = 0;    // that are no events
  std::uint64_t decisions_ = 0;  // on values that are not the same in all executions
  int instructions_ = 0;
};

}  // namespace

void interpret(const Job& job, int function, Thread& thread) { Interpreter(job, thread).run(function); }

}  // namespace lkmc::c
