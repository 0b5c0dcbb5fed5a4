// The numbered migrations of the schema, forward only (docs/operating.md, "Upgrades").
#pragma once
#include <vector>

#include "storage/schema.hpp"

namespace kuramori::app {

const std::vector<storage::Migration>& migrations();

}  // namespace kuramori::app
