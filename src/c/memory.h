// SPDX-License-Identifier: Apache-2.0
// Where the objects of a C test lie, and what there is at an address.
//
// A pointer is a word: the number of its object in the upper half, an offset in bytes in the lower. The scalars of an object are
// its cells; each is a shared location. Two cells of a union may overlap: a test may use one or the other.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "src/c/code.h"
#include "src/program/program.h"

namespace lkmc::c {

struct Pointer {
  std::int64_t object;
  std::int64_t offset;
};

// Numbers of objects. What a thread keeps to itself is numbered behind those that all may know.
inline constexpr std::int64_t kFirstPrivate = std::int64_t{1} << 18;
inline constexpr std::int64_t kMaxObjects = std::int64_t{1} << 19;

// Far from the addresses of locations (Program::address_of).
[[nodiscard]] Word address_of_object(std::int64_t object, std::int64_t offset = 0);
// Nothing if the word is no pointer.
[[nodiscard]] std::optional<Pointer> pointer_at(Word word);
[[nodiscard]] inline bool is_private(Word word) {
  const auto pointer = pointer_at(word);
  return pointer && pointer->object >= kFirstPrivate;
}

// Part of an object that is accessed as one.
struct Cell {
  std::int64_t offset;
  int bytes;
  Integer integer;
  std::string name;             // `.vm_lock_seq`
  std::vector<int> overlaps{};  // the numbers of others in the object
};

// The cells of one object.
struct Layout {
  std::vector<Cell> cells;               // by offset
  std::vector<std::int64_t> aggregates;  // offsets at which a structure begins
  std::int64_t size = 0;

  Layout(const std::string& name, const Type& type, const Types& types, const SourcePos& pos);
  // The cell of just that size; null if there is none.
  [[nodiscard]] const Cell* find(std::int64_t offset, int bytes) const;
  // What is wrong with such an access, in words.
  [[nodiscard]] std::string why_not(const std::string& name, std::int64_t offset, int bytes) const;
};

// The layouts of all variables of a file.
struct Layouts {
  std::vector<std::shared_ptr<const Layout>> globals;              // null for a text
  std::vector<std::vector<std::shared_ptr<const Layout>>> locals;  // by function

  Layouts(const Code& code, const Types& types);
};

class Memory {
 public:
  struct Object {
    std::string name;
    enum class Kind : std::uint8_t { kVariable, kText, kFunction } kind = Kind::kVariable;
    std::shared_ptr<const Layout> layout{};  // of a variable; null if it is none of the test's
    std::string text{};
    int function = -1;
    Location first = kNoLocation;  // of the first cell; the others follow

    [[nodiscard]] Location location_of(const Cell& cell) const { return first + static_cast<Location>(&cell - layout->cells.data()); }
  };

  // Those globals of the file, and its functions. All must outlive this.
  Memory(const Code& code, const Layouts& layouts, const std::set<int>& globals);

  // Adds a variable; `initial` is what it contains.
  std::int64_t add(const std::string& name, std::shared_ptr<const Layout> layout, Word initial);

  [[nodiscard]] std::int64_t object_of_global(int global) const { return global; }
  [[nodiscard]] std::int64_t object_of_function(int function) const { return functions_begin_ + function; }
  [[nodiscard]] const std::vector<Object>& objects() const { return objects_; }
  [[nodiscard]] const Object* object(std::int64_t number) const;
  [[nodiscard]] const std::shared_ptr<const Layout>& layout_of_local(int function, int local) const {
    return layouts_.locals[static_cast<std::size_t>(function)][static_cast<std::size_t>(local)];
  }
  [[nodiscard]] const std::vector<LocationInfo>& locations() const { return locations_; }
  void set_initial(Location location, Word word) { locations_[static_cast<std::size_t>(location)].initial = word; }

  // The cell, or what is wrong with such an access.
  [[nodiscard]] std::variant<const Cell*, std::string> cell_at(const Pointer& pointer, int bytes) const;
  // Notes that the cell is used; what is wrong if another one that overlaps it is.
  [[nodiscard]] std::string use(const Object& object, const Cell& cell, const SourcePos& pos) const;
  // `&mm.vm_lock_seq`; empty if it is no pointer to an object.
  [[nodiscard]] std::string pointer_name(Word word) const;

 private:
  void place(Object& object, Word initial);

  const Layouts& layouts_;
  std::vector<Object> objects_;
  std::vector<LocationInfo> locations_;
  std::int64_t functions_begin_ = 0;
  mutable std::mutex mutex_;                            // of what is used
  mutable std::vector<std::optional<SourcePos>> used_;  // by location
};

}  // namespace lkmc::c
