#include "storage/blob_store.hpp"

#include <algorithm>

namespace kuramori::storage {

bool is_blob_name(std::string_view name) {
  return name.size() >= 4 && name.size() <= BlobStore::kNameBytesMax &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

}  // namespace kuramori::storage
