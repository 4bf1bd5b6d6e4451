// SPDX-License-Identifier: Apache-2.0
#include "src/kernel/lock_rules.h"

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "src/cpp/cpp_test.h"

namespace lkmc {

using kernel::LockNeed;
using kernel::LockNeeds;

namespace {

// --- what excludes what --------------------------------------------------------------------------------------------------

bool is_same_lock(const LockNeed& a, const LockNeed& b) { return a.lock == b.lock && (a.lock != LockId{} || a.name == b.name); }

// Whether two threads cannot hold these at the same time.
bool exclude(const LockNeeds& a, const LockNeeds& b) {
  return std::any_of(a.begin(), a.end(), [&](const LockNeed& x) {
    return std::any_of(b.begin(), b.end(), [&](const LockNeed& y) { return is_same_lock(x, y) && (x.exclusive || y.exclusive); });
  });
}

// Those that somebody else may hold at the same time.
lock_set not_excluded(const std::vector<LockNeeds>& permitted, const LockNeeds& held) {
  lock_set others = nobody();
  std::copy_if(permitted.begin(), permitted.end(), std::back_inserter(others.alternatives),
               [&](const LockNeeds& other) { return !exclude(held, other); });
  return others;
}

// Whether who holds these locks has what is needed.
bool has(const LockNeeds& held, const LockNeed& need) {
  return std::any_of(held.begin(), held.end(),
                     [&](const LockNeed& h) { return need.lock != LockId{} && h.lock == need.lock && (h.exclusive || !need.exclusive); });
}
bool permits(const lock_set& set, const LockNeeds& held) {
  return std::any_of(set.alternatives.begin(), set.alternatives.end(), [&](const LockNeeds& all) {
    return std::all_of(all.begin(), all.end(), [&](const LockNeed& need) { return has(held, need); });
  });
}

std::vector<LockNeeds> writers_of(const lock_rule& rule) { return (rule.write | rule.write_if_null).alternatives; }

// --- in words --------------------------------------------------------------------------------------------------------------

std::string joined(const std::vector<std::string>& parts, const char* between) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : between) + part;
  return text;
}
std::string text_of(const LockNeeds& needs) {
  std::vector<std::string> names;
  for (const LockNeed& n : needs) names.push_back(n.name + (n.says_so ? ".w" : ""));
  return names.empty() ? "no lock" : joined(names, " & ");
}
std::string text_of(const lock_set& set) {
  std::vector<std::string> parts;
  for (const LockNeeds& needs : set.alternatives) parts.push_back(text_of(needs));
  return parts.empty() ? "nobody" : joined(parts, " | ");
}
std::string place(const kernel::Site& site) {
  return std::filesystem::path(site.file_name()).lexically_normal().string() + ':' + std::to_string(site.line());
}

// The name of a variable without the namespaces of its type.
std::string short_name(const std::string& name) {
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t i = 0; i + 1 < name.size(); ++i) {
    depth += name[i] == '<' ? 1 : name[i] == '>' ? -1 : 0;
    if (depth == 0 && name[i] == ':' && name[i + 1] == ':') begin = i + 2;
  }
  return name.substr(begin);
}

}  // namespace

// --- declarations ----------------------------------------------------------------------------------------------------------

lock_set operator&(const lock_set& a, const lock_set& b) {
  std::vector<LockNeeds> both;
  for (const LockNeeds& x : a.alternatives) {
    for (const LockNeeds& y : b.alternatives) {
      both.push_back(x);
      both.back().insert(both.back().end(), y.begin(), y.end());
    }
  }
  return lock_set(std::move(both));
}

lock_set operator|(const lock_set& a, const lock_set& b) {
  std::vector<LockNeeds> either = a.alternatives;
  either.insert(either.end(), b.alternatives.begin(), b.alternatives.end());
  return lock_set(std::move(either));
}

lock_set no_lock() { return lock_set({LockNeeds{}}); }
lock_set nobody() { return lock_set(std::vector<LockNeeds>{}); }

std::vector<std::string> meetings(const lock_rule& rule) {
  std::vector<std::string> all;
  const std::vector<LockNeeds> writers = writers_of(rule);
  const auto add = [&](const char* who, const lock_set& others, const LockNeeds& writer) {
    if (!others.alternatives.empty()) all.push_back(who + text_of(others) + " may meet a writer with " + text_of(writer));
  };
  for (std::size_t i = 0; i < writers.size(); ++i) {
    add("a reader with ", not_excluded(rule.read.alternatives, writers[i]), writers[i]);
    add("a writer with ", not_excluded({writers.begin() + static_cast<std::ptrdiff_t>(i), writers.end()}, writers[i]), writers[i]);
  }
  return all;
}

namespace kernel {

void Run::declare_rule(Location field, const lock_rule& rule, const Site& site) {
  if (phase_ != Phase::kSetup) fail(site, "guarded_by() belongs into the set-up of a test");
  if (!test_.learning_) return;
  const auto [declared, is_new] = test_.lock_rules_.try_emplace(field, CppTest::DeclaredRule{rule, site});
  if (is_new) return;
  fail(site, "guarded_by(): " + short_name(test_.locations_[static_cast<std::size_t>(field)].name) + " has a rule already, in " +
                 place(declared->second.site));
}

const lock_rule& Run::rule_of(Location field, const Site& site) {
  const auto declared = test_.lock_rules_.find(field);
  if (declared == test_.lock_rules_.end()) fail(site, "meetings(): no locking rule is declared for the variable");
  return declared->second.rule;
}

void Run::begin_private(const void* object, std::size_t size, const Site& site) {
  (void)thread("begin_private()", site);
  if (std::any_of(private_.begin(), private_.end(), [&](const Span& s) { return s.begin == object; })) {
    fail(site, "begin_private() of an object that is private to this thread already");
  }
  private_.push_back({static_cast<const std::byte*>(object), static_cast<const std::byte*>(object) + size, {}});
}

void Run::end_private(const void* object, const Site& site) {
  (void)thread("end_private()", site);
  const auto found = std::find_if(private_.begin(), private_.end(), [&](const Span& s) { return s.begin == object; });
  if (found == private_.end()) fail(site, "end_private() of an object that is not private to this thread");
  private_.erase(found);
}

void Run::hold_token(const LockId& token, Hold how, const char* function, const Site& site) {
  (void)thread(function, site);
  held_.push_back({token, how, function, site, kNoLockNote});
}

// --- checking --------------------------------------------------------------------------------------------------------------

// Told of each access, once it is performed, in tests that have rules.
void Run::check_rule(EventIndex access, const Event& event) {
  if (event.kind != EventKind::kRead && event.kind != EventKind::kWrite) return;
  const auto declared = test_.lock_rules_.find(event.location);
  if (declared == test_.lock_rules_.end()) return;
  const auto* at = static_cast<const std::byte*>(variable_at(event.location));
  if (std::any_of(private_.begin(), private_.end(), [&](const Span& s) { return s.begin <= at && at < s.end; })) return;

  const auto& [rule, site] = declared->second;
  const bool writes = event.kind == EventKind::kWrite;
  const lock_set& needed = writes ? rule.write : rule.read;
  const LockNeeds held = held_under_names_of(rule);
  const std::string name = short_name(test_.locations_[static_cast<std::size_t>(event.location)].name);
  if (!permits(needed, held)) {
    LockNeeds missing;
    if (needed.alternatives.size() == 1) {
      std::copy_if(needed.alternatives[0].begin(), needed.alternatives[0].end(), std::back_inserter(missing),
                   [&](const LockNeed& need) { return !has(held, need); });
    }
    std::string text = "locking rule: " + name + ": " + (writes ? "written" : "read");
    if (needed.alternatives.empty()) {
      text += " by a thread that does not have the object to itself";
    } else {
      text += " without " + (missing.empty() ? "the locks for it" : text_of(missing));
    }
    const bool may_set = writes && permits(rule.write_if_null, held);
    if (may_set) text += ", which is right only from NULL to non-NULL";
    text += std::string(" (") + (writes ? "write: " : "read: ") + text_of(needed);
    if (writes && !rule.write_if_null.alternatives.empty()) text += "; NULL to non-NULL: " + text_of(rule.write_if_null);
    thread_->object_to({access, text + "; " + place(site) + "), holding " + held_text(held), may_set});
    if (!may_set) return;
  }
  if (event.tag != Tag::kPlain) return;
  std::vector<std::string> others;
  const auto add = [&](const char* who, const lock_set& set) {
    if (!set.alternatives.empty()) others.push_back(who + text_of(set));
  };
  if (writes) add("a reader with ", not_excluded(rule.read.alternatives, held));
  add("a writer with ", not_excluded(writers_of(rule), held));
  if (others.empty()) return;
  thread_->object_to({access, "unmarked access: " + name + ": a plain " + (writes ? "write" : "read") + " with " + text_of(held) +
                                  " may meet " + joined(others, " or ") + ", so it needs " + (writes ? "WRITE_ONCE()" : "READ_ONCE()") +
                                  " (" + place(site) + ")"});
}

// The locks of held_, as the rule calls them.
std::vector<LockNeed> Run::held_under_names_of(const lock_rule& rule) const {
  LockNeeds held;
  for (const Held& h : held_) {
    const bool exclusive = h.how == Hold::kExclusive;
    held.push_back({short_name(test_.locations_[static_cast<std::size_t>(h.lock.location)].name), h.lock, exclusive, false});
    for (const lock_set* set : {&rule.write, &rule.read, &rule.write_if_null}) {
      for (const LockNeeds& needs : set->alternatives) {
        for (const LockNeed& n : needs) {
          if (n.lock != h.lock) continue;
          held.back().name = n.name;
          held.back().says_so = exclusive && (n.says_so || !n.exclusive);
        }
      }
    }
  }
  return held;
}

// `mmap.w (down_write() in a.cc:12)`, in the order of held_.
std::string Run::held_text(const std::vector<LockNeed>& names) const {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < names.size(); ++i) {
    parts.push_back(text_of(LockNeeds{names[i]}) + " (" + held_[i].function + " in " + place(held_[i].site) + ")");
  }
  return parts.empty() ? "no lock" : joined(parts, ", ");
}

}  // namespace kernel
}  // namespace lkmc
