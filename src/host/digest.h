// SPDX-License-Identifier: Apache-2.0
// MD5, to tell whether two things are the same that nobody has made to look so.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <boost/uuid/detail/md5.hpp>

#include "src/host/embedded.h"

namespace lkmc {

// 32 hexadecimal digits, as md5sum(1) prints them.
[[nodiscard]] std::string md5(std::string_view bytes);

// Of several texts, each of which counts by itself.
class Digest {
 public:
  Digest& add(std::string_view text);
  [[nodiscard]] std::string text() const;

 private:
  boost::uuids::detail::md5 hash_;
};
[[nodiscard]] std::string digest_of(std::span<const EmbeddedFile> files);

}  // namespace lkmc
