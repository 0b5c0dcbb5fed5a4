// Files in a directory, each whole or not there. See README.md.
#pragma once
#include <filesystem>
#include <memory>

#include "storage/blob_store.hpp"

namespace kuramori::storage::blobs_directory {

// Makes the directory where it is missing, and removes what an earlier process did not finish. One process at
// a time.
Result<std::unique_ptr<BlobStore>> open(const std::filesystem::path& directory);

}  // namespace kuramori::storage::blobs_directory
