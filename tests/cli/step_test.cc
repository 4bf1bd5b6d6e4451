// SPDX-License-Identifier: Apache-2.0
// The screen of `lkmc replay --step`: it fits, however narrow the terminal is, and nothing of a line is lost.
#include "src/cli/step.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

namespace lkmc {
namespace {

Walk walk_of(std::size_t steps) {
  Walk walk{.name = "test", .kind = "violation", .shows = "violated: the data is there", .file = "test.cc", .model = "lkmm"};
  walk.threads = {"reader", "a writer with a long name"};
  walk.locations = {"machine.vma.vm_lock_seq", "machine.mm.mm_lock_seq", "machine.vma.detached", "x"};
  walk.initial = {"0xffffffff", "1", "0", "0"};
  for (std::size_t i = 0; i < steps; ++i) {
    walk.steps.push_back({.thread = static_cast<int>(i % 2),
                          .place = "vma.h:" + std::to_string(100 + i),
                          .source = "const value<unsigned> sequence = READ_ONCE(machine->mm.mm_lock_seq) + kEins;",
                          .effect = "reads machine.mm.mm_lock_seq = 1 (from a writer with a long name, vma.h:99)",
                          .remark = "early: before the load of machine.vma.vm_lock_seq in vma.h:98"});
    walk.steps.back().memory = walk.initial;
    walk.steps.back().buffers = {{}, {"x = ü", "x = 2"}};
    walk.steps.back().sections = {{"holds machine.vma.vm_lock (since vma.h:97)"}, {}};
  }
  walk.ending = {walk.shows};
  return walk;
}

std::vector<std::string> screen(const Walk& walk, std::size_t step, std::size_t rows, std::size_t columns) {
  std::istringstream text(step_screen(walk, step, rows, columns));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

std::string without_blanks(std::string text) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
  return text;
}

std::size_t characters(const std::string& line) {
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

TEST_CASE("lines are wrapped, not cut") {
  const Walk walk = walk_of(3);
  for (const std::size_t columns : {20, 40, 80, 150, 400}) {
    CAPTURE(columns);
    const std::vector<std::string> lines = screen(walk, 2, 200, columns);
    for (const std::string& line : lines) CHECK(characters(line) <= columns);
    std::string all;
    for (const std::string& line : lines) all += without_blanks(line);
    const Walk::Step& step = walk.steps[1];
    for (const std::string& text :
         {step.source, step.effect, step.remark, std::string("x = ü, x = 2"), step.sections[0][0], walk.locations[1]}) {
      CHECK(all.find(without_blanks(text)) != std::string::npos);
    }
  }
}

TEST_CASE("a word that is longer than the line is broken, also between the bytes of its characters' neighbours") {
  Walk walk = walk_of(1);
  walk.steps[0].source.clear();
  for (int i = 0; i < 100; ++i) walk.steps[0].source += "ü";
  for (const std::string& line : screen(walk, 1, 200, 30)) {
    CHECK(characters(line) <= 30);
    CHECK((line.empty() || (line[0] & 0xc0) != 0x80));
  }
}

TEST_CASE("the present step is in sight on a small terminal") {
  const Walk walk = walk_of(40);
  for (std::size_t step = 1; step <= 40; ++step) {
    const std::vector<std::string> lines = screen(walk, step, 24, 80);
    CHECK(lines.size() <= 24);
    CHECK(std::count_if(lines.begin(), lines.end(), [](const std::string& line) { return line.starts_with('>'); }) == 1);
  }
}

TEST_CASE("where each step fits into a line, it has one") {
  Walk walk = walk_of(2);
  for (Walk::Step& step : walk.steps) {
    step.source = "x = 1;";
    step.remark.clear();
  }
  const std::vector<std::string> lines = screen(walk, 0, 24, 150);
  CHECK(std::count_if(lines.begin(), lines.end(),
                      [](const std::string& line) { return line.find("reads machine") != std::string::npos; }) == 2);
}

}  // namespace
}  // namespace lkmc
