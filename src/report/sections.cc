// SPDX-License-Identifier: Apache-2.0
#include "src/report/sections.h"

#include <fmt/format.h>

#include <algorithm>

namespace lkmc {
namespace {

class Finder {
 public:
  explicit Finder(const Witness& witness) : w_(witness) {}

  std::vector<Section> find() {
    find_rcu();
    for (int e = 0; e < w_.size(); ++e) {
      const Event& event = w_.event(e);
      if (event.kind == EventKind::kLockWrite) add(Section::Kind::kLock, e, next_unlock(e), false);
      if (event.tag == Tag::kSrcuLock) add(Section::Kind::kSrcu, e, end_of_srcu(e), false);
    }
    for (const LockSpan& held : w_.held) {
      if (w_.event(held.from).kind != EventKind::kLockWrite) add(Section::Kind::kLock, held.from, held.to, held.shared);
    }
    std::sort(sections_.begin(), sections_.end(), [](const Section& a, const Section& b) { return a.from < b.from; });
    return std::move(sections_);
  }

 private:
  void add(Section::Kind kind, int from, int to, bool shared) {
    const Event& event = w_.event(from);
    sections_.push_back({kind, event.thread, event.location, shared, from, to});
  }

  void find_rcu() {
    std::vector<int> open;
    for (int e = 0; e < w_.size(); ++e) {
      if (!open.empty() && w_.event(open.front()).thread != w_.event(e).thread) close_all(open);
      if (w_.event(e).tag == Tag::kRcuLock) open.push_back(e);
      if (w_.event(e).tag != Tag::kRcuUnlock || open.empty()) continue;
      add(Section::Kind::kRcu, open.back(), e, false);
      open.pop_back();
    }
    close_all(open);
  }

  // Those that never end.
  void close_all(std::vector<int>& open) {
    for (const int from : open) add(Section::Kind::kRcu, from, -1, false);
    open.clear();
  }

  [[nodiscard]] int next_unlock(int lock) const {
    const Event& event = w_.event(lock);
    for (int e = lock + 1; e < w_.size() && w_.event(e).thread == event.thread; ++e) {
      if (w_.event(e).kind == EventKind::kUnlock && w_.event(e).location == event.location) return e;
    }
    return -1;
  }

  // The srcu_read_unlock() that gets the index which the lock returned.
  [[nodiscard]] int end_of_srcu(int lock) const {
    for (int e = 0; e < w_.size(); ++e) {
      std::vector<bool> seen(static_cast<std::size_t>(w_.size()), false);
      if (w_.event(e).tag == Tag::kSrcuUnlock && w_.event(e).location == w_.event(lock).location && comes_from(e, lock, seen)) {
        return e;
      }
    }
    return -1;
  }

  // Whether the write's value comes from the read, through other threads if need be.
  [[nodiscard]] bool comes_from(int write, int read, std::vector<bool>& seen) const {
    if (seen[static_cast<std::size_t>(write)]) return false;
    seen[static_cast<std::size_t>(write)] = true;
    for (int r = 0; r < w_.size(); ++r) {
      if (!w_.graph.data.contains(r, write)) continue;
      if (r == read) return true;
      if (w_.event(r).tag != Tag::kSrcuLock && comes_from(w_.source_of(r), read, seen)) return true;
    }
    return false;
  }

  const Witness& w_;
  std::vector<Section> sections_;
};

}  // namespace

std::vector<Section> sections_of(const Witness& witness) { return Finder(witness).find(); }

std::vector<std::vector<int>> open_sections(const std::vector<Section>& sections, const std::vector<Step>& steps) {
  std::vector<bool> open(sections.size(), false);
  std::vector<std::vector<int>> all;
  for (const Step& step : steps) {
    std::vector<int>& here = all.emplace_back();
    for (std::size_t s = 0; s < sections.size(); ++s) {
      const auto takes_effect = [&](int event) {
        return step.action != Step::Action::kBuffer && event >= 0 && (event == step.event || event == step.write);
      };
      if (takes_effect(sections[s].from)) open[s] = true;
      if (takes_effect(sections[s].to)) open[s] = false;
      if (open[s]) here.push_back(static_cast<int>(s));
    }
  }
  return all;
}

std::string_view name_of(Section::Kind kind) {
  switch (kind) {
    case Section::Kind::kLock:
      return "lock";
    case Section::Kind::kRcu:
      return "rcu";
    case Section::Kind::kSrcu:
      return "srcu";
  }
  return {};
}

std::string section_text(const Names& names, const Witness& witness, const Section& section) {
  const std::string since = fmt::format(" (since {})", names.place(witness.event(section.from).pos));
  switch (section.kind) {
    case Section::Kind::kLock:
      return fmt::format("holds {}{}{}", names.location(section.location), section.shared ? " for reading" : "", since);
    case Section::Kind::kRcu:
      return "in an RCU read-side critical section" + since;
    case Section::Kind::kSrcu:
      return fmt::format("in an SRCU read-side critical section of {}{}", names.location(section.location), since);
  }
  return {};
}

}  // namespace lkmc
