// SPDX-License-Identifier: Apache-2.0
#include "src/host/digest.h"

#include <fmt/format.h>

namespace lkmc {
namespace {

std::string hex(boost::uuids::detail::md5 hash) {
  boost::uuids::detail::md5::digest_type digest;
  hash.get_digest(digest);
  return fmt::format("{:08x}", fmt::join(digest, ""));
}

}  // namespace

std::string md5(std::string_view bytes) {
  boost::uuids::detail::md5 hash;
  hash.process_bytes(bytes.data(), bytes.size());
  return hex(hash);
}

Digest& Digest::add(std::string_view text) {
  const std::string size = fmt::format("{}:", text.size());
  hash_.process_bytes(size.data(), size.size());
  hash_.process_bytes(text.data(), text.size());
  return *this;
}

std::string Digest::text() const { return hex(hash_); }

std::string digest_of(std::span<const EmbeddedFile> files) {
  Digest digest;
  for (const EmbeddedFile& file : files) digest.add(file.name).add(file.text);
  return digest.text();
}

}  // namespace lkmc
