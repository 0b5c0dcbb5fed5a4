// The newest checkpoint in a file of its own, apart from the database: a database that was cut back, or
// replaced by an older copy, no longer agrees with it.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace kuramori::audit {

// Replaces the file as a whole, mode 0600, durable when it returns. Blocks.
Result<void> write_checkpoint_file(const std::filesystem::path& file, std::string_view note);
// Nothing when there is no file.
Result<std::optional<std::string>> read_checkpoint_file(const std::filesystem::path& file);

}  // namespace kuramori::audit
