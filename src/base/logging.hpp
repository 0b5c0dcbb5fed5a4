// Structured logging behind a facade, so that no header knows the library.
//
//   log.info("request", {{"method", "GET"}, {"status", 200}, {"duration_us", 412}});
//
// Text format: `2026-01-31T12:34:56.789Z info request method=GET status=200`; JSON format: one object a line.
// Values are escaped, so that nobody forges a line. Never log a token, a password, a key or the content of an
// event.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"

namespace kuramori {

enum class LogLevel : std::uint8_t { Trace, Debug, Info, Warning, Error, Off };
enum class LogFormat : std::uint8_t { Text, Json };

Result<LogLevel> parse_log_level(std::string_view name);
Result<LogFormat> parse_log_format(std::string_view name);

struct LogField {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, double> value;

  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  LogField(std::string_view k, double v) : key(k), value(v) {}
  template <std::integral I>
  LogField(std::string_view k, I v) : key(k), value(static_cast<std::int64_t>(v)) {}
};

using LogFields = std::initializer_list<LogField>;

// Cheap to copy; thread-safe. Writes to standard error.
class Logger {
 public:
  Logger(LogLevel level, LogFormat format);
  // Discards everything: for tests.
  static Logger silent() { return {LogLevel::Off, LogFormat::Text}; }

  bool enabled(LogLevel level) const;
  void log(LogLevel level, std::string_view event, LogFields fields = {}) const;
  void debug(std::string_view event, LogFields fields = {}) const { log(LogLevel::Debug, event, fields); }
  void info(std::string_view event, LogFields fields = {}) const { log(LogLevel::Info, event, fields); }
  void warning(std::string_view event, LogFields fields = {}) const { log(LogLevel::Warning, event, fields); }
  void error(std::string_view event, LogFields fields = {}) const { log(LogLevel::Error, event, fields); }

 private:
  struct Sink;
  std::shared_ptr<Sink> sink_;
};

}  // namespace kuramori
