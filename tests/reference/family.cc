// SPDX-License-Identifier: Apache-2.0
#include "tests/reference/family.h"

#include <string>
#include <tuple>

namespace lkmc::reference {
namespace {

struct Step {
  Access access;
  int location;  // 0: x, 1: y
  bool fence_before;
  friend auto operator<=>(const Step&, const Step&) = default;
};
using Steps = std::vector<Step>;

void extend(const Family& family, Steps& steps, std::vector<Steps>& all) {
  if (!steps.empty()) all.push_back(steps);
  if (static_cast<int>(steps.size()) == family.max_accesses) return;
  for (const bool fence : {false, true}) {
    if (fence && (steps.empty() || !family.fences)) continue;
    for (const Access access : family.alphabet) {
      for (const int location : {0, 1}) {
        steps.push_back({access, location, fence});
        extend(family, steps, all);
        steps.pop_back();
      }
    }
  }
}

Steps with_locations_swapped(Steps steps) {
  for (Step& step : steps) step.location = 1 - step.location;
  return steps;
}

// A number that no other write stores, so that states tell them apart; or the address of the other location.
std::string stored(const Family& family, const std::string& other, int number) {
  return family.locations == Locations::kPointers ? other : std::to_string(number);
}

std::vector<Statement> statements(const Family& family, const Steps& steps, int first_number) {
  std::vector<Statement> body;
  int index = 0;
  for (const Step& step : steps) {
    if (step.fence_before) body.push_back({.head = "smp_mb();"});
    const std::string names[] = {"x", family.locations == Locations::kNumberAndElement ? "(a + 1)" : "y"};
    const std::string x = names[step.location];
    const std::string other = names[1 - step.location];
    const std::string r = "r" + std::to_string(index);
    const std::string value = stored(family, other, first_number + index);
    ++index;
    const std::string read_once = r + " = READ_ONCE(*" + x + ");";
    const std::string read_plain = r + " = *" + x + ";";
    switch (step.access) {
      case Access::kReadOnce:
        body.push_back({.head = read_once});
        break;
      case Access::kWriteOnce:
        body.push_back({.head = "WRITE_ONCE(*" + x + ", " + value + ");"});
        break;
      case Access::kReadAcquire:
        body.push_back({.head = r + " = smp_load_acquire(" + x + ");"});
        break;
      case Access::kWriteRelease:
        body.push_back({.head = "smp_store_release(" + x + ", " + value + ");"});
        break;
      case Access::kReadPlain:
        body.push_back({.head = read_plain});
        break;
      case Access::kWritePlain:
        body.push_back({.head = "*" + x + " = " + value + ";"});
        break;
      case Access::kExchange:
        body.push_back({.head = r + " = xchg(" + x + ", " + value + ");"});
        break;
      case Access::kCopyOnce:
        body.push_back({.head = read_once + " WRITE_ONCE(*" + other + ", " + r + ");"});
        break;
      case Access::kCopyPlain:
        body.push_back({.head = read_plain + " *" + other + " = " + r + ";"});
        break;
      case Access::kGuardOnce:
        body.push_back({.head = read_once + " if (" + r + ") WRITE_ONCE(*" + other + ", " + value + ");"});
        break;
      case Access::kGuardPlain:
        body.push_back({.head = read_plain + " if (" + r + ") *" + other + " = " + value + ";"});
        break;
      case Access::kThroughOnce:
        body.push_back({.head = read_once + " WRITE_ONCE(*" + r + ", " + other + ");"});
        break;
      case Access::kThroughPlain:
        body.push_back({.head = read_plain + " *" + r + " = " + other + ";"});
        break;
      case Access::kElementOnce:
        body.push_back({.head = read_once + " WRITE_ONCE(*(a + (" + r + " & 1)), " + value + ");"});
        break;
      case Access::kElementPlain:
        body.push_back({.head = read_plain + " *(a + (" + r + " & 1)) = " + value + ";"});
        break;
      case Access::kFollowPlain:
        body.push_back({.head = read_plain + " " + r + " = *(a + (" + r + " & 1)); *" + other + " = " + r + ";"});
        break;
    }
  }
  return body;
}

}  // namespace

void for_each_member(const Family& family, const std::function<void(const TestProgram&)>& visit) {
  const auto locations = [&]() -> std::vector<TestLocation> {
    switch (family.locations) {
      case Locations::kPointers:
        return {{"x", "int *", "&y"}, {"y", "int *", "&x"}};
      case Locations::kNumberAndElement:
        return {{"x", "int", "0"}, {"a", "int", "0", 2, true}};
      default:
        return {{"x", "int", "0"}, {"y", "int", "0"}};
    }
  }();
  const bool are_alike = family.locations != Locations::kNumberAndElement;
  std::vector<Steps> threads;
  Steps steps;
  extend(family, steps, threads);
  for (const Steps& a : threads) {
    const Steps swapped_a = with_locations_swapped(a);
    for (const Steps& b : threads) {
      const Steps swapped_b = with_locations_swapped(b);
      // The least of the four ways to write it down.
      const auto here = std::tie(a, b);
      if (std::tie(b, a) < here) continue;
      if (are_alike && (std::tie(swapped_a, swapped_b) < here || std::tie(swapped_b, swapped_a) < here)) continue;
      visit({.name = "family", .locations = locations, .threads = {statements(family, a, 1), statements(family, b, 11)}});
    }
  }
}

}  // namespace lkmc::reference
