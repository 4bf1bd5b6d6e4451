// SPDX-License-Identifier: Apache-2.0
#include "src/batch/patch.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>

#include "src/host/file.h"
#include "src/host/pool.h"

namespace lkmc::batch {
namespace {

namespace fs = std::filesystem;

constexpr double kSeconds = 600;

// In the copy: $1 is the patch, $2 an empty folder. The copy may lie below somebody's repository, which git must not see.
constexpr const char* kApply = R"sh(
set -e
export GIT_CEILING_DIRECTORIES="$2/.." GIT_CONFIG_NOSYSTEM=1
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
if [ "$(head -c 5 "$1")" != 'From ' ]; then
  exec git apply --whitespace=nowarn "$1"
fi
git mailsplit -o"$2" "$1" >/dev/null
for mail in "$2"/[0-9]*; do
  git mailinfo "$2/message" "$2/patch" <"$mail" >"$2/information"
  [ -s "$2/patch" ] || continue
  git apply --whitespace=nowarn "$2/patch" || {
    echo "in: $(sed -n 's/^Subject: //p' "$2/information")" >&2
    exit 1
  }
done
)sh";

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

// What a walk finds: the content of each file by its path below the folder.
template <class F>
void each_file(const fs::path& folder, const F& f) {
  for (auto it = fs::recursive_directory_iterator(folder); it != fs::recursive_directory_iterator(); ++it) {
    if (it->is_directory() && (is_hidden(it->path()) || it->is_symlink())) {
      it.disable_recursion_pending();
    } else if (it->is_regular_file()) {
      f(it->path(), it->path().lexically_relative(folder));
    }
  }
}

CommandEnd run(const std::vector<std::string>& words, const std::string& folder) {
  CommandEnd result;
  Pool pool(1);
  pool.start(
      {.words = words, .folder = folder, .seconds = kSeconds, .bytes = {}, .done = [&](CommandEnd end) { result = std::move(end); }});
  while (!pool.is_idle()) pool.wait();
  return result;
}

void find_changes(PatchedCopy& copy) {
  const fs::path original = fs::current_path();
  each_file(original, [&](const fs::path& path, const fs::path& name) {
    if (content_of(path) != content_of(copy.folder / name)) copy.changed.insert(name.string());
  });
  each_file(copy.folder, [&](const fs::path&, const fs::path& name) {
    if (std::error_code error; fs::exists(original / name, error)) return;
    copy.changed.insert(name.string());
    copy.has_new_files = true;
  });
}

}  // namespace

std::variant<PatchedCopy, PatchError> patched_copy(const std::string& patch) {
  std::error_code error;
  if (!fs::is_regular_file(patch, error)) {
    return PatchError{fmt::format("{}: error: {}\n", patch, error ? error.message() : "it is no regular file")};
  }
  std::string folder = (fs::temp_directory_path() / "lkmc-patched-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return PatchError{fmt::format("{}: error: {}\n", folder, std::strerror(errno))};
  PatchedCopy copy{.folder = folder + "/copy", .changed = {}, .has_new_files = false};
  try {
    fs::create_directory(copy.folder);
    fs::create_directory(folder + "/work");
    each_file(fs::current_path(), [&](const fs::path& path, const fs::path& name) {
      fs::create_directories((copy.folder / name).parent_path());
      fs::copy_file(path, copy.folder / name);
    });
    const CommandEnd end = run({"/bin/sh", "-c", kApply, "sh", fs::absolute(patch).string(), folder + "/work"}, copy.folder);
    if (end.status != 0 || end.signal != 0 || !end.not_started.empty()) {
      remove_copy(copy);
      return PatchError{fmt::format("{}: error: the patch does not apply\n{}", patch, end.err)};
    }
    find_changes(copy);
  } catch (const fs::filesystem_error& e) {
    remove_copy(copy);
    return PatchError{fmt::format("{}: error: {}\n", e.path1().string(), e.code().message())};
  }
  if (copy.changed.empty()) {
    remove_copy(copy);
    return PatchError{fmt::format("{}: error: the patch changes nothing below the current folder\n", patch)};
  }
  return copy;
}

void remove_copy(const PatchedCopy& copy) {
  std::error_code error;
  fs::remove_all(fs::path(copy.folder).parent_path(), error);
}

}  // namespace lkmc::batch
