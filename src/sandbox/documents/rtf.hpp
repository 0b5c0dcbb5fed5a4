// Rich Text Format (version 1.9.1): its text, in whichever encodings its fonts say, and its properties.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace kuramori::sandbox::documents {

struct RtfContent {
  std::string text;
  std::vector<std::pair<std::string, std::string>> properties;  // title, author, …
  std::vector<Bytes> objects;                                   // embedded ones, as they are
  bool is_whole = false;                                        // every group was closed
};

// Pure; without recursion.
RtfContent read_rtf(std::string_view rtf);

}  // namespace kuramori::sandbox::documents
