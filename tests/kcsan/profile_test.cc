// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "src/kcsan/profile.h"

namespace lkmc {
namespace {

KcsanProfile profile(std::string_view text) {
  const auto parsed = parse_kcsan_profile("test", text);
  REQUIRE(std::holds_alternative<KcsanProfile>(parsed));
  return std::get<KcsanProfile>(parsed);
}
ProfileError error(std::string_view text) {
  const auto parsed = parse_kcsan_profile("test", text);
  REQUIRE(std::holds_alternative<ProfileError>(parsed));
  return std::get<ProfileError>(parsed);
}

TEST_CASE("the built-in profiles are what their names say") {
  CHECK(kcsan_profile_names() == std::vector<std::string>{"default", "permissive", "strict", "syzbot"});
  const KcsanProfile strict = profile(kcsan_profile_text("strict"));
  CHECK(strict.strict);
  CHECK(strict.weak_memory);
  CHECK(!strict.value_change_only);
  CHECK(!strict.plain_writes_atomic);
  const KcsanProfile usual = profile(kcsan_profile_text("default"));
  CHECK(!usual.strict);
  CHECK(!usual.weak_memory);
  CHECK(usual.value_change_only);
  CHECK(usual.plain_writes_atomic);
  CHECK(!usual.ignore_atomics);
  CHECK(!usual.permissive);
  CHECK(profile(kcsan_profile_text("permissive")).permissive);
  const KcsanProfile syzbot = profile(kcsan_profile_text("syzbot"));
  CHECK(!syzbot.strict);
  CHECK(syzbot.value_change_only);
  CHECK(syzbot.plain_writes_atomic);
  CHECK(syzbot.ignore_atomics);
  CHECK(!syzbot.permissive);
  CHECK(!syzbot.report_unknown_origin);
  CHECK(syzbot.has_compound);
  CHECK(kcsan_profile_text("none").empty());
}

TEST_CASE("options that a configuration does not mention have Kconfig's defaults") {
  const KcsanProfile p = profile("CONFIG_KCSAN=y\n");
  CHECK(p.value_change_only);
  CHECK(p.plain_writes_atomic);
  CHECK(!p.weak_memory);
  CHECK(p.report_unknown_origin);
  CHECK(profile("CONFIG_KCSAN_STRICT=y\n").weak_memory);
}

TEST_CASE("a whole .config is read over, but for KCSAN") {
  const KcsanProfile p = profile(
      "#\n# Automatically generated file; DO NOT EDIT.\n#\nCONFIG_CC_VERSION_TEXT=\"gcc (Debian 12.2.0-14) 12.2.0\"\n"
      "CONFIG_KCSAN=y\n# CONFIG_KCSAN_STRICT is not set\nCONFIG_KCSAN_NUM_WATCHPOINTS=64\nCONFIG_SMP=y\r\n"
      "CONFIG_KCSAN_IGNORE_ATOMICS=y");
  CHECK(p.ignore_atomics);
}

TEST_CASE("the compiler decides whether a compound assignment is one access") {
  CHECK(profile("CONFIG_KCSAN=y\n").has_compound);
  CHECK(profile("CONFIG_KCSAN=y\nCONFIG_CC_IS_CLANG=y\n").has_compound);
  CHECK(!profile("CONFIG_CC_IS_GCC=y\nCONFIG_KCSAN=y\n").has_compound);
  CHECK(profile("CONFIG_CC_IS_GCC=n\nCONFIG_KCSAN=y\n").has_compound);
  // As a .config has it that was made by a newer gcc, or an older clang.
  CHECK(profile("CONFIG_CC_IS_GCC=y\nCONFIG_KCSAN=y\nCONFIG_CC_HAS_TSAN_COMPOUND_READ_BEFORE_WRITE=y\n").has_compound);
  CHECK(!profile("CONFIG_CC_IS_CLANG=y\nCONFIG_KCSAN=y\n# CONFIG_CC_HAS_TSAN_COMPOUND_READ_BEFORE_WRITE is not set\n").has_compound);
  CHECK(error("CONFIG_CC_IS_GCC=y\n").message == "no option of KCSAN: CONFIG_KCSAN=y is missing");
}

TEST_CASE("mistakes in a configuration are diagnosed with their place") {
  CHECK(error("CONFIG_SMP=y\n").message == "no option of KCSAN: CONFIG_KCSAN=y is missing");
  CHECK(error("").line == 1);
  const ProfileError off = error("CONFIG_SMP=y\n# CONFIG_KCSAN is not set\n");
  CHECK(off.message == "KCSAN is switched off");
  CHECK(off.line == 2);
  const ProfileError word = error("CONFIG_KCSAN=y\nCONFIG_KCSAN_STRICT=maybe\n");
  CHECK(word.line == 2);
  CHECK(word.column == 21);
  CHECK(error("CONFIG_KCSAN=y\n  strict\n").column == 3);
  const ProfileError weak = error("CONFIG_KCSAN=y\nCONFIG_KCSAN_WEAK_MEMORY=y\n");
  CHECK(weak.message == "CONFIG_KCSAN_WEAK_MEMORY needs CONFIG_KCSAN_STRICT=y");
  CHECK(weak.line == 2);
  CHECK(error("CONFIG_KCSAN_STRICT=y\nCONFIG_KCSAN_PERMISSIVE=y\n").line == 2);
  CHECK(error("CONFIG_KCSAN_STRICT=y\nCONFIG_KCSAN_IGNORE_ATOMICS=y\n").line == 2);
}

}  // namespace
}  // namespace lkmc
