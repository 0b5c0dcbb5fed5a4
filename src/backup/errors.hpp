// What goes wrong with backups, in sentences for who looks after the server.
#pragma once
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace kuramori::backup {

// Corrupt: something in the file is not what was written.
Error damaged(std::string_view what);
// What opens and authenticates, and is nothing that this version reads.
Error not_understood(std::string_view what);

}  // namespace kuramori::backup
