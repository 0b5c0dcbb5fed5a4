// Where each value of a JSON text stands, so that a mistake in a policy is reported with its line and column.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace kuramori::governance {

struct Place {
  std::size_t line = 1;
  std::size_t column = 1;  // in characters
};
Place place_at(std::string_view text, std::size_t offset);

class SourceMap {
 public:
  // `text` is valid JSON of bounded depth.
  explicit SourceMap(std::string_view text);

  // Of the value at a JSON pointer (RFC 6901); of the nearest value around it when it does not exist.
  std::size_t offset(std::string_view pointer) const;
  Place place(std::string_view pointer) const { return place_at(text_, offset(pointer)); }
  // Members whose key appeared before in the same object.
  const std::vector<std::string>& repeated_keys() const { return repeated_; }

 private:
  class Scan;
  std::string_view text_;
  std::unordered_map<std::string, std::size_t> offsets_;
  std::vector<std::string> repeated_;
};

std::string pointer_to(std::string_view parent, std::string_view key);
std::string pointer_to(std::string_view parent, std::size_t index);

}  // namespace kuramori::governance
