// SPDX-License-Identifier: Apache-2.0
// Shared by the tests of the litmus front end: parsing that is expected to work or to fail, and walking one path of a
// thread to see which events it performs.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "src/litmus/litmus.h"
#include "src/program/unfolding.h"

namespace lkmc::litmus_test {

inline std::unique_ptr<LitmusTest> parsed(std::string_view text, LitmusOptions options = {}) {
  auto result = parse_litmus("test.litmus", text, options);
  if (const auto* diagnostic = std::get_if<Diagnostic>(&result)) {
    FAIL(diagnostic->line << ":" << diagnostic->column << ": " << diagnostic->message << "\n" << text);
  }
  return std::move(std::get<std::unique_ptr<LitmusTest>>(result));
}

inline Diagnostic rejected(std::string_view text) {
  auto result = parse_litmus("test.litmus", text);
  auto* diagnostic = std::get_if<Diagnostic>(&result);
  if (diagnostic == nullptr) FAIL("accepted:\n" << text);
  return std::move(*diagnostic);
}

// A test with one thread.
inline std::unique_ptr<LitmusTest> one_thread(const std::string& parameters, const std::string& body,
                                              const std::string& condition = "exists (true)", LitmusOptions options = {}) {
  return parsed("C test\n{}\nP0(" + parameters + ")\n{\n" + body + "\n}\n" + condition + "\n", options);
}

inline std::string_view tag_text(Tag tag) {
  static const std::map<Tag, std::string_view> names = {
      {Tag::kPlain, "plain"},
      {Tag::kOnce, "once"},
      {Tag::kAcquire, "acquire"},
      {Tag::kRelease, "release"},
      {Tag::kMb, "mb"},
      {Tag::kNoreturn, "noreturn"},
      {Tag::kRmb, "rmb"},
      {Tag::kWmb, "wmb"},
      {Tag::kBarrier, "barrier"},
      {Tag::kBeforeAtomic, "before-atomic"},
      {Tag::kAfterAtomic, "after-atomic"},
      {Tag::kAfterSpinlock, "after-spinlock"},
      {Tag::kAfterUnlockLock, "after-unlock-lock"},
      {Tag::kAfterSrcuReadUnlock, "after-srcu-read-unlock"},
      {Tag::kRcuLock, "rcu-lock"},
      {Tag::kRcuUnlock, "rcu-unlock"},
      {Tag::kSyncRcu, "sync-rcu"},
      {Tag::kSrcuLock, "srcu-lock"},
      {Tag::kSrcuUnlock, "srcu-unlock"},
      {Tag::kSyncSrcu, "sync-srcu"},
  };
  return names.at(tag);
}

inline std::string_view kind_text(EventKind kind) {
  static const std::map<EventKind, std::string_view> names = {
      {EventKind::kRead, "R"},        {EventKind::kWrite, "W"},         {EventKind::kFence, "F"},   {EventKind::kSyncSrcu, "SYNC"},
      {EventKind::kLockRead, "LKR"},  {EventKind::kLockWrite, "LKW"},   {EventKind::kUnlock, "UL"}, {EventKind::kLockFail, "LF"},
      {EventKind::kReadLocked, "RL"}, {EventKind::kReadUnlocked, "RU"},
  };
  return names.at(kind);
}

// `W once x=1 data(0)`: kind, tag, location, stored constant, and the reads it depends on.
inline std::string event_text(const LitmusTest& test, const ThreadEvent& e, const ExprPool& expressions) {
  std::string text(kind_text(e.event.kind));
  const bool is_lock = e.event.kind >= EventKind::kLockRead;
  if (!is_lock && e.event.kind != EventKind::kSyncSrcu) text += ' ' + std::string(tag_text(e.event.tag));
  if (e.event.location != kNoLocation) {
    text += ' ' + test.locations()[static_cast<std::size_t>(e.event.location)].name;
  }
  if (e.event.kind == EventKind::kWrite) {
    if (const auto constant = expressions.constant_value(e.value)) text += '=' + test.value_text(*constant);
  }
  if (e.event.in_rmw) text += " rmw";
  const auto list = [&](std::string_view name, const std::vector<EventIndex>& reads) {
    if (reads.empty()) return;
    text += ' ' + std::string(name) + '(';
    for (const EventIndex r : reads) text += (text.back() == '(' ? "" : ",") + std::to_string(r);
    text += ')';
  };
  list("addr", e.addr);
  list("data", e.data);
  list("ctrl", e.ctrl);
  list("beside", e.unordered);
  return text;
}

struct Path {
  std::vector<std::string> events;
  Continuation end = Continuation::kEnd;
  std::string message;  // of a failure
  SourcePos pos;
  std::vector<std::optional<Word>> observed;  // by slot; nothing if it depends on a read
};

// The path of a thread on which its decisions go as in `outcomes`; it may end at a decision that is not in there.
// Conditions that must hold (the end of a waiting loop) are no decisions.
inline Path follow(const LitmusTest& test, ThreadId thread, std::vector<Word> outcomes = {}) {
  Unfolding unfolding(test, thread, RmwStyle::kTagged, Blocking::kIgnored);
  Path path;
  PathId at = unfolding.root();
  std::size_t used = 0;
  while (true) {
    const PathNode node = unfolding.node(at);
    for (const ThreadEvent& e : node.events) path.events.push_back(event_text(test, e, unfolding.expressions()));
    path.end = node.continuation;
    path.message = node.message;
    path.pos = node.pos;
    const bool decision = node.continuation == Continuation::kBranch || node.continuation == Continuation::kValue ||
                          node.continuation == Continuation::kChoice;
    if (node.continuation == Continuation::kRequire) {
      at = unfolding.child(at, 1);
    } else if (decision && used < outcomes.size()) {
      at = unfolding.child(at, outcomes[used++]);
    } else {
      for (const ExprId e : node.observed) {
        path.observed.push_back(e == kUnobserved ? std::nullopt : unfolding.expressions().constant_value(e));
      }
      return path;
    }
  }
}

using Events = std::vector<std::string>;

// The address of a location, as an outcome.
inline Word address(const LitmusTest& test, std::string_view name) {
  for (std::size_t i = 0; i < test.locations().size(); ++i) {
    if (test.locations()[i].name == name) return test.address(static_cast<Location>(i));
  }
  FAIL("no location " << name);
  return 0;
}

// The final value of `0:r` after `body`, which must not depend on memory.
inline Word computed(const std::string& body) {
  const auto test = one_thread("int *x, int *y", body, "exists (0:r=0)");
  const Path path = follow(*test, 0);
  REQUIRE(path.end == Continuation::kEnd);
  REQUIRE(path.observed.size() == 1);
  REQUIRE(path.observed[0].has_value());
  return *path.observed[0];
}

}  // namespace lkmc::litmus_test
