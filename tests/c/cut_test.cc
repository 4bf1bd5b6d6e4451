// SPDX-License-Identifier: Apache-2.0
#include "src/c/cut.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

namespace lkmc::c {
namespace {

const std::string kFile = R"(/* A file; with { and } and struct s { int no; } in a comment. */
#ifndef _FILE_H
#define _FILE_H

#define ONE 1
#define TWO(x)	\
	((x) + 2)

struct s {
	/* int left; */
	int left, right;
	union {
		struct {
			unsigned long deep;
			int deeper[3];
		};
		char *other;
	};
#ifdef CONFIG_X
	int bits : 3;
#endif
	void (*call)(struct s *self, int n);
} __attribute__((packed));

typedef struct s alias_t;
typedef int (*function_t)(int);
enum e { A, B };

static int variable = 3, *table[2] = { &first, "} ; {" };
extern int f(struct s *s);

#ifdef CONFIG_X
static inline int
f(struct s *s)
	__acquires(s)
{
	if (s->left) {
		return '}';
	}
	return 1;
}
#else
static inline int f(struct s *s) { return 0; }
#endif
EXPORT_SYMBOL(f);

int g(void);
#endif
)";

std::string lines_of(const std::variant<std::string, NotThere>& result) {
  REQUIRE(std::holds_alternative<std::string>(result));
  const std::string& text = std::get<std::string>(result);
  CHECK(std::count(text.begin(), text.end(), '\n') == std::count(kFile.begin(), kFile.end(), '\n'));
  std::string kept;
  for (std::size_t begin = 0, end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const std::string line = text.substr(begin, end - begin);
    if (line.find_first_not_of(" \t") == std::string::npos) continue;
    kept += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
  }
  return kept;
}

TEST_CASE("a function is kept with its conditions, and nothing of what only declares it") {
  CHECK(lines_of(cut(kFile, {{"f"}})) ==
        "#ifdef CONFIG_X\nstatic inline int\nf(struct s *s)\n\t__acquires(s)\n{\n\tif (s->left) {\n\t\treturn '}';\n\t}\n\treturn "
        "1;\n}\n#else\n"
        "static inline int f(struct s *s) { return 0; }\n#endif\n");
}

TEST_CASE("what is only declared is kept as a declaration") { CHECK(lines_of(cut(kFile, {{"g"}})) == "int g(void);\n"); }

TEST_CASE("macros, typedefs, enumerations and variables are found by their names") {
  CHECK(lines_of(cut(kFile, {{"ONE"}})) == "#define ONE 1\n");
  CHECK(lines_of(cut(kFile, {{"TWO"}})) == "#define TWO(x)\t\\\n\t((x) + 2)\n");
  CHECK(lines_of(cut(kFile, {{"alias_t"}})) == "typedef struct s alias_t;\n");
  CHECK(lines_of(cut(kFile, {{"function_t"}})) == "typedef int (*function_t)(int);\n");
  CHECK(lines_of(cut(kFile, {{"enum e"}})) == "enum e { A, B };\n");
  CHECK(lines_of(cut(kFile, {{"variable"}})) == "static int variable = 3, *table[2] = { &first, \"} ; {\" };\n");
}

TEST_CASE("of a structure, members may be chosen") {
  const std::string text = lines_of(cut(kFile, {{"struct s", {"right", "deeper", "bits", "call"}}}));
  CHECK(text.starts_with("struct s {\n"));
  CHECK(text.find("deeper[3];") != std::string::npos);
  CHECK(text.find("deep;") == std::string::npos);
  CHECK(text.find("other") == std::string::npos);
  CHECK(text.find("#ifdef CONFIG_X\n") != std::string::npos);
  CHECK(text.find("int bits : 3;") != std::string::npos);
  CHECK(text.find("(*call)(struct s *self, int n);") != std::string::npos);
  CHECK(text.ends_with("} __attribute__((packed));\n"));
}

TEST_CASE("what is not there is named") {
  const auto missing = [](const Wanted& wanted) { return std::get<NotThere>(cut(kFile, {wanted})).name; };
  CHECK(missing({"h"}) == "h");
  CHECK(missing({"struct t"}) == "struct t");
  CHECK(missing({"struct s", {"left", "gone"}}) == "struct s: gone");
}

TEST_CASE("files that end in the middle of something are cut all the same") {
  for (std::size_t length = 0; length < kFile.size(); ++length) {
    const auto result = cut(std::string_view(kFile).substr(0, length), {{"f"}, {"struct s", {"deep"}}});
    if (const auto* text = std::get_if<std::string>(&result)) CHECK(text->size() == length);
  }
}

}  // namespace
}  // namespace lkmc::c
