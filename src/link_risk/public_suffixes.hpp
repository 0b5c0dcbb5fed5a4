// The public suffix list: which part of a host somebody registered. "www.example.co.uk" → "example.co.uk".
//
//   auto suffixes = PublicSuffixes::built_in();
//
// Immutable and thread-safe.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace kuramori::link_risk {

class PublicSuffixes {
 public:
  // The list that the library was built with.
  static PublicSuffixes built_in();
  // A list from a file (text, or compiled as "DAFSA"): newer than what is built in.
  static Result<PublicSuffixes> from_file(const std::filesystem::path& file);

  // `host` in ASCII, small letters, no dot at the end. Empty when it is a public suffix itself.
  std::string registrable_domain(const std::string& host) const;
  // Ends in a suffix that is listed (a file name such as "main.cpp" does not).
  bool has_known_suffix(std::string_view host) const;

 private:
  struct Handle;
  explicit PublicSuffixes(std::shared_ptr<const Handle> handle) : handle_(std::move(handle)) {}
  std::shared_ptr<const Handle> handle_;
};

}  // namespace kuramori::link_risk
