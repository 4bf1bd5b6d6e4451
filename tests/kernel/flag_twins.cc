// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/flag_twins.h"

#include <array>
#include <cstddef>
#include <random>
#include <set>
#include <utility>

namespace lkmc::kernel_test {
namespace {

constexpr int kFlags = 3;

struct Condition {
  std::string name;  // of a register or a flag
  bool is_equal;
  int number;
};

struct Statement {
  enum class Kind { kSet, kCopy, kStore, kFence, kIf } kind;
  int flag = 0;
  int from = 0;  // the number that is set or stored, or the flag that is copied
  Condition condition{};
  std::vector<Statement> then{}, otherwise{};
  std::set<bool> outcomes{};  // of kIf
};
using Body = std::vector<Statement>;

std::string flag_name(int flag) { return "f" + std::to_string(flag); }

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  // The initial values of the flags are its first statements.
  Body program() {
    Body body;
    for (int f = 0; f < kFlags; ++f) body.push_back({.kind = Statement::Kind::kSet, .flag = f, .from = below(3)});
    for (int i = 0, n = 2 + below(3); i < n; ++i) body.push_back(branch(2));
    if (below(2) == 0) body.push_back(simple());
    Statement last{.kind = Statement::Kind::kIf, .condition = of_flag()};
    last.then = {{.kind = Statement::Kind::kStore, .flag = 1, .from = 1}};
    body.push_back(std::move(last));
    return body;
  }

 private:
  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

  Statement branch(int depth) {
    Statement s{.kind = Statement::Kind::kIf, .condition = below(3) == 0 ? of_flag() : of_register()};
    s.then = block(depth - 1);
    if (below(2) == 0) s.otherwise = block(depth - 1);
    return s;
  }
  Body block(int depth) {
    Body body;
    for (int i = 0, n = 1 + below(2); i < n; ++i) body.push_back(depth > 0 && below(3) == 0 ? branch(depth) : simple());
    return body;
  }
  Statement simple() {
    switch (below(6)) {
      case 0:
        return {.kind = Statement::Kind::kStore, .flag = 0, .from = 1 + below(2)};
      case 1:
        return {.kind = Statement::Kind::kFence};
      case 2: {
        const int flag = below(kFlags);  // another one: a compiler makes nothing of `f0 = f0`
        return {.kind = Statement::Kind::kCopy, .flag = flag, .from = (flag + 1 + below(kFlags - 1)) % kFlags};
      }
      default:
        return {.kind = Statement::Kind::kSet, .flag = below(kFlags), .from = below(3)};
    }
  }
  Condition of_register() { return {below(2) == 0 ? "r" : "q", below(2) == 0, 0}; }
  Condition of_flag() { return {flag_name(below(kFlags)), below(2) == 0, below(3)}; }

  std::mt19937 random_;
};

// Runs the code with what was read, and notes how the branches fall.
struct Machine {
  int r, q;
  std::array<int, kFlags> flags{};

  void run(Body& body) {
    for (Statement& s : body) {
      auto& flag = flags[static_cast<std::size_t>(s.flag)];
      switch (s.kind) {
        case Statement::Kind::kSet:
          flag = s.from;
          break;
        case Statement::Kind::kCopy:
          flag = flags[static_cast<std::size_t>(s.from)];
          break;
        case Statement::Kind::kIf: {
          const bool taken = holds(s.condition);
          s.outcomes.insert(taken);
          run(taken ? s.then : s.otherwise);
          break;
        }
        case Statement::Kind::kStore:
        case Statement::Kind::kFence:
          break;
      }
    }
  }
  [[nodiscard]] bool holds(const Condition& c) const {
    const int value = c.name == "r" ? r : c.name == "q" ? q : flags[static_cast<std::size_t>(c.name[1] - '0')];
    return (value == c.number) == c.is_equal;
  }
};

bool all_fall_both_ways(const Body& body) {
  for (const Statement& s : body) {
    if (s.kind != Statement::Kind::kIf) continue;
    if (s.outcomes.size() != 2 || !all_fall_both_ways(s.then) || !all_fall_both_ways(s.otherwise)) return false;
  }
  return true;
}

// `pointer` is what stands in front of a shared variable: `*` in herd's language, `m.` in C++.
std::string text_of(const Body& body, const std::string& pointer) {
  std::string text;
  for (const Statement& s : body) {
    switch (s.kind) {
      case Statement::Kind::kSet:
        text += flag_name(s.flag) + " = " + std::to_string(s.from) + "; ";
        break;
      case Statement::Kind::kCopy:
        text += flag_name(s.flag) + " = " + flag_name(s.from) + "; ";
        break;
      case Statement::Kind::kStore:
        text += "WRITE_ONCE(" + pointer + (s.flag == 1 ? "y" : "z") + ", " + std::to_string(s.from) + "); ";
        break;
      case Statement::Kind::kFence:
        text += "barrier(); ";
        break;
      case Statement::Kind::kIf:
        text += "if (" + s.condition.name + (s.condition.is_equal ? " == " : " != ") + std::to_string(s.condition.number) + ") { " +
                text_of(s.then, pointer) + "} ";
        if (!s.otherwise.empty()) text += "else { " + text_of(s.otherwise, pointer) + "} ";
        break;
    }
  }
  return text;
}

std::string declared_flags() {
  std::string text;
  for (int f = 0; f < kFlags; ++f) text += "int " + flag_name(f) + "; ";
  return text;
}

std::string litmus_of(const std::string& name, const Body& body) {
  return "C " + name + "\n{}\nP0(int *x, int *y, int *z, int *w) { int r = READ_ONCE(*x); int q = READ_ONCE(*w); " + declared_flags() +
         text_of(body, "*") +
         "}\nP1(int *x, int *y) { int s = smp_load_acquire(y); WRITE_ONCE(*x, 1); }\nP2(int *w) { WRITE_ONCE(*w, 1); }\n"
         "exists (0:r=1 /\\ 1:s=1)\n";
}

std::string cpp_of(const std::string& name, const Body& body) {
  return "LITMUS(" + name +
         ") {\n  struct cells { shared<int> x, y, z, w; };\n  auto& m = make<cells>();\n  value<int> r0 = 0, s = 0;\n"
         "  thread(\"P0\", [&] {\n    r0 = READ_ONCE(m.x);\n    const value<int> r = r0, q = READ_ONCE(m.w);\n    " +
         declared_flags() + "\n    " + text_of(body, "m.") +
         "\n  });\n  thread(\"P1\", [&] { s = smp_load_acquire(&m.y); WRITE_ONCE(m.x, 1); });\n"
         "  thread(\"P2\", [&] { WRITE_ONCE(m.w, 1); });\n"
         "  finally([&] { exists(\"both\", r0 == 1 && s == 1); });\n}\n";
}

}  // namespace

std::vector<FlagTwin> flag_twins(int count) {
  std::vector<FlagTwin> twins;
  for (unsigned seed = 1; static_cast<int>(twins.size()) < count; ++seed) {
    Body body = Generator(seed).program();
    for (const int r : {0, 1}) {
      for (const int q : {0, 1}) Machine{r, q}.run(body);
    }
    if (!all_fall_both_ways(body)) continue;
    const std::string name = "flags_" + std::to_string(seed);
    twins.push_back({name, litmus_of(name, body), cpp_of(name, body)});
  }
  return twins;
}

}  // namespace lkmc::kernel_test
