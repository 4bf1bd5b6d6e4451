// SPDX-License-Identifier: Apache-2.0
// Litmus tests as trees of statements, so that they can be generated, taken apart and printed.
//
// A statement that opens something closes it, too (a branch, a critical section): any part can be taken out and what is
// left is still a test that makes sense. That is how a failing test is made small.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace lkmc::reference {

struct Statement {
  std::string head;  // `WRITE_ONCE(*x, 1);`, `if (r0) {`, `spin_lock(l);`
  std::vector<Statement> body{};
  std::string middle{};  // `} else {`
  std::vector<Statement> else_body{};
  std::string tail{};  // `}`, `spin_unlock(l);`
};

struct TestLocation {
  std::string name;
  std::string type;     // as in `int x`
  std::string initial;  // `0`, `&x`; empty where herd wants none
  int elements = 1;     // of an array, which has one value for each
  bool is_array = false;
};

struct TestProgram {
  std::string name;
  std::vector<TestLocation> locations;
  std::vector<std::vector<Statement>> threads;
  std::map<std::string, std::string> register_types{};  // those that are no int, of all threads
};

// The body of a thread.
[[nodiscard]] std::string thread_text(const TestProgram& program, std::size_t thread);

// A `.litmus` file whose states show every register r0, r1, … and every location.
[[nodiscard]] std::string to_litmus(const TestProgram& program);

// The tests that lack one thread or one statement of this one, or have a statement's body in the place of the
// statement; the boldest first.
[[nodiscard]] std::vector<TestProgram> smaller(const TestProgram& program);

}  // namespace lkmc::reference
