// The XML of an S3 server's answers, as far as we need it: flat lists of elements that hold text. A reader of
// outside input: linear in time, nothing is expanded but the five entities of XML and character numbers.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kuramori::storage::blobs_s3 {

// The text of the first element of this name that holds nothing but text.
std::optional<std::string> element(std::string_view xml, std::string_view name);
// What lies between the tags of every element of this name, as it stands.
std::vector<std::string_view> elements(std::string_view xml, std::string_view name);

}  // namespace kuramori::storage::blobs_s3
