// Every key of the configuration: its place, its kind, its check. The reader, `config check` and the
// documentation test walk this list.
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/config.hpp"

namespace kuramori::app {

using ConfigValue = std::variant<bool, std::int64_t, std::string, std::vector<std::string>>;

struct ConfigKey {
  std::string_view table;
  std::string_view name;
  bool is_secret = false;
  ConfigValue kind;  // an example of the accepted type
  std::function<std::optional<std::string>(Config&, const ConfigValue&)> assign;  // a complaint, or nothing
};

std::span<const ConfigKey> config_keys();

}  // namespace kuramori::app
