#include "app/config.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <tuple>

#include "app/config_keys.hpp"
#include "base/text.hpp"

namespace kuramori::app {
namespace {

std::int64_t line_of(const toml::node& node) {
  return static_cast<std::int64_t>(node.source().begin.line);
}

std::string_view kind_name(const ConfigValue& kind) {
  switch (kind.index()) {
    case 0:
      return "true or false";
    case 1:
      return "a whole number";
    case 2:
      return "a string in quotes";
    default:
      return "a list of strings";
  }
}

std::optional<ConfigValue> convert(const toml::node& node, const ConfigValue& kind) {
  switch (kind.index()) {
    case 0:
      if (const auto* value = node.as_boolean()) return ConfigValue(value->get());
      return std::nullopt;
    case 1:
      if (const auto* value = node.as_integer()) return ConfigValue(value->get());
      return std::nullopt;
    case 2:
      if (const auto* value = node.as_string()) return ConfigValue(value->get());
      return std::nullopt;
    default:
      break;
  }
  const toml::array* array = node.as_array();
  if (array == nullptr) return std::nullopt;
  std::vector<std::string> items;
  for (const toml::node& item : *array) {
    if (!item.is_string()) return std::nullopt;
    items.push_back(item.as_string()->get());
  }
  return ConfigValue(std::move(items));
}

std::string environment_name(const ConfigKey& key) {
  std::string name = "KURAMORI_" + std::string(key.table) + "_" + std::string(key.name);
  for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

class ConfigReader {
 public:
  explicit ConfigReader(const std::filesystem::path& file) { reading_.config.file = file; }

  ConfigReading read(std::string_view text) {
    try {
      // A configuration is small; its arena is the parser's own.
      const toml::table root = toml::parse(text, reading_.config.file.string());
      for (const auto& [name, node] : root) read_table(name.str(), node);
    } catch (const toml::parse_error& error) {
      problem(static_cast<std::int64_t>(error.source().begin.line), std::string(error.description()));
    }
    for (const ConfigKey& key : config_keys()) {
      if (key.is_secret) read_environment(key);
    }
    check_whole();
    std::ranges::sort(reading_.problems, [](const ConfigProblem& a, const ConfigProblem& b) {
      return std::tie(a.line, a.message) < std::tie(b.line, b.message);
    });
    return std::move(reading_);
  }

 private:
  void problem(std::int64_t line, std::string message) {
    reading_.problems.push_back({line, std::move(message)});
  }

  static bool is_table(std::string_view name) {
    return std::ranges::any_of(config_keys(), [&](const ConfigKey& k) { return k.table == name; });
  }

  void read_table(std::string_view name, const toml::node& node) {
    const toml::table* table = node.as_table();
    if (table == nullptr || !is_table(name)) {
      problem(line_of(node), "there is no " + std::string(table != nullptr ? "table [" : "key ") +
                                 std::string(name) + (table != nullptr ? "]" : "") +
                                 suggestion(name, table_names()));
      return;
    }
    for (const auto& [key_name, value] : *table) read_key(name, key_name.str(), value);
  }

  void read_key(std::string_view table, std::string_view name, const toml::node& node) {
    if (table == "rate_limits" && node.is_table()) {
      read_rate_limit(name, node);
      return;
    }
    const std::string inner = std::string(table) + "." + std::string(name);
    if (const toml::table* rows = node.as_table(); rows != nullptr && is_table(inner)) {
      for (const auto& [key_name, value] : *rows) read_key(inner, key_name.str(), value);
      return;
    }
    for (const ConfigKey& key : config_keys()) {
      if (key.table != table) continue;
      if (key.name == name) {
        read_value(key, node);
        return;
      }
      if (key.is_secret && name == std::string(key.name) + "_file") {
        read_secret_file(key, node);
        return;
      }
    }
    problem(line_of(node), "[" + std::string(table) + "] has no key '" + std::string(name) + "'" +
                               suggestion(name, key_names(table)));
  }

  void read_value(const ConfigKey& key, const toml::node& node) {
    const std::optional<ConfigValue> value = convert(node, key.kind);
    if (!value) {
      problem(line_of(node), place(key) + " must be " + std::string(kind_name(key.kind)));
      return;
    }
    if (const auto complaint = key.assign(reading_.config, *value)) {
      problem(line_of(node), place(key) + " " + *complaint);
      return;
    }
    lines_[place(key)] = line_of(node);
  }

  void read_secret_file(const ConfigKey& key, const toml::node& node) {
    const auto* path = node.as_string();
    if (path == nullptr) {
      problem(line_of(node), place(key) + "_file must be a path in quotes");
      return;
    }
    std::ifstream in(path->get());
    std::string secret;
    if (!in || !std::getline(in, secret) || text::trim(secret).empty()) {
      problem(line_of(node), place(key) + "_file: '" + path->get() + "' cannot be read or is empty");
      return;
    }
    key.assign(reading_.config, ConfigValue(std::string(text::trim(secret))));
  }

  void read_environment(const ConfigKey& key) {
    if (const char* value = std::getenv(environment_name(key).c_str()); value != nullptr && *value != '\0') {
      key.assign(reading_.config, ConfigValue(std::string(value)));
    }
  }

  // [rate_limits.message] per_second = 10, burst = 50
  void read_rate_limit(std::string_view operation, const toml::node& node) {
    RateLimitConfig limit;
    for (const auto& [name, value] : *node.as_table()) {
      const auto number = value.value<double>();
      const bool known = name.str() == "per_second" || name.str() == "burst";
      if (!known || !number || *number <= 0) {
        problem(line_of(value),
                "[rate_limits." + std::string(operation) + "] takes per_second and burst, both above 0");
        return;
      }
      (name.str() == "burst" ? limit.burst : limit.per_second) = *number;
    }
    if (limit.per_second <= 0) {
      problem(line_of(node), "[rate_limits." + std::string(operation) + "] needs per_second");
      return;
    }
    if (limit.burst <= 0) limit.burst = std::max(1.0, limit.per_second);
    reading_.config.rate_limits.operations[std::string(operation)] = limit;
  }

  void check_whole() {
    Config& config = reading_.config;
    if (config.server.name.empty() && lines_.find("server.name") == lines_.end()) {
      problem(0, "server.name is missing: the organisation's domain, such as \"example.org\"");
    }
    if (config.listener.tls_certificate.empty() != config.listener.tls_key.empty()) {
      problem(0, "listener.tls_certificate and listener.tls_key belong together: give both or neither");
    }
    if (config.email.smtp_host.empty() != config.email.from.empty()) {
      problem(0, "email.smtp_host and email.from belong together: give both or neither");
    }
    const MediaS3Config& s3 = config.media_s3;
    if (config.media.store == "s3" && (s3.endpoint.empty() || s3.bucket.empty() || s3.region.empty() ||
                                       s3.access_key_file.empty() || s3.secret_key_file.empty())) {
      problem(0, "media.store = \"s3\" needs media.s3.endpoint, region, bucket, access_key_file and secret_key_file");
    }
  }

  static std::string place(const ConfigKey& key) {
    return std::string(key.table) + "." + std::string(key.name);
  }

  static std::vector<std::string_view> table_names() {
    std::vector<std::string_view> names;
    for (const ConfigKey& key : config_keys()) {
      if (std::ranges::find(names, key.table) == names.end()) names.push_back(key.table);
    }
    return names;
  }
  static std::vector<std::string_view> key_names(std::string_view table) {
    std::vector<std::string_view> names;
    for (const ConfigKey& key : config_keys()) {
      if (key.table == table) names.push_back(key.name);
    }
    return names;
  }

  static std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i;
      for (std::size_t j = 1; j <= b.size(); ++j) {
        const std::size_t above = row[j];
        row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
        diagonal = above;
      }
    }
    return row[b.size()];
  }

  static std::string suggestion(std::string_view wrong, const std::vector<std::string_view>& names) {
    std::string_view best;
    std::size_t best_distance = 4;
    for (const std::string_view name : names) {
      if (const std::size_t d = distance(wrong, name); d < best_distance) {
        best_distance = d;
        best = name;
      }
    }
    return best.empty() ? "" : "; did you mean '" + std::string(best) + "'?";
  }

  ConfigReading reading_;
  std::map<std::string, std::int64_t> lines_;
};

}  // namespace

std::filesystem::path Config::database_path() const {
  if (database.url.empty()) return server.data_dir / "kuramori.db";
  return database.url.substr(std::string_view("sqlite:").size());
}
std::filesystem::path Config::root_key_path() const {
  return keys.root_key_file.empty() ? server.data_dir / "root.key" : keys.root_key_file;
}
std::filesystem::path Config::admin_socket_path() const {
  return server.data_dir / "admin.sock";
}
std::filesystem::path Config::checkpoint_path() const {
  return server.data_dir / "record" / "checkpoint";
}
std::string Config::base_url() const {
  if (!server.public_base_url.empty()) return server.public_base_url;
  const std::string scheme = listener.tls_certificate.empty() ? "http://" : "https://";
  const bool is_v6 = listener.address.find(':') != std::string::npos;
  return scheme + (is_v6 ? "[" + listener.address + "]" : listener.address) + ":" +
         std::to_string(listener.port);
}

ConfigReading read_config_text(std::string_view text, const std::filesystem::path& file) {
  return ConfigReader(file).read(text);
}

Result<Config> read_config(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) {
    return Error(ErrorCode::NotFound, "KURAMORI_CONFIG",
                 "The configuration file '" + file.string() +
                     "' cannot be read. Name one with --config FILE; "
                     "packaging/kuramori.example.toml is an annotated example.");
  }
  std::ostringstream content;
  content << in.rdbuf();
  ConfigReading reading = read_config_text(content.str(), file);
  if (reading.problems.empty()) return std::move(reading.config);
  std::string message;
  for (const ConfigProblem& problem : reading.problems) {
    if (!message.empty()) message.push_back('\n');
    message.append(file.string());
    if (problem.line > 0) message.append(":").append(std::to_string(problem.line));
    message.append(": ").append(problem.message);
  }
  return Error(ErrorCode::InvalidArgument, "KURAMORI_CONFIG", std::move(message));
}

}  // namespace kuramori::app
