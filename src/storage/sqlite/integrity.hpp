// Looks at every page, every index and the log. Slow by nature; runs beside the server's work.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "storage/sqlite/writer.hpp"

namespace kuramori::storage::sqlite {

Result<std::vector<std::string>> check_database(const Connection::Options& options,
                                                Checkpointer& checkpointer, Writer& writer,
                                                const GatheredIndexes& gathered,
                                                const std::function<void(double)>& progress);

}  // namespace kuramori::storage::sqlite
