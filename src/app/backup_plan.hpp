// What a backup of this server consists of: every table that the migrations leave, and what is special about
// some.
#pragma once
#include "app/config.hpp"
#include "backup/creation.hpp"

namespace kuramori::app {

backup::Plan backup_plan();
backup::Order backup_order(const Config& config, std::filesystem::path path);

}  // namespace kuramori::app
