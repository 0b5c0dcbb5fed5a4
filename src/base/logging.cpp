#include "base/logging.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <charconv>

#include "base/clock.hpp"
#include "base/text.hpp"

namespace kuramori {
namespace {

constexpr std::string_view kLevelNames[] = {"trace", "debug", "info", "warning", "error", "off"};

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::Trace:
      return spdlog::level::trace;
    case LogLevel::Debug:
      return spdlog::level::debug;
    case LogLevel::Info:
      return spdlog::level::info;
    case LogLevel::Warning:
      return spdlog::level::warn;
    case LogLevel::Error:
      return spdlog::level::err;
    case LogLevel::Off:
      return spdlog::level::off;
  }
  return spdlog::level::off;
}

// JSON string escapes; also what keeps a value in the text format on one line.
void append_quoted(std::string& out, std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  out.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (byte < 0x20 || byte == 0x7F) {
      out.append("\\u00");
      out.push_back(kDigits[byte >> 4]);
      out.push_back(kDigits[byte & 15]);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

bool is_plain(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7F || c == '"' || c == '=' || c == '\\') return false;
  }
  return true;
}

void append_value(std::string& out, const LogField& field, LogFormat format) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    if (!text::is_valid_utf8(*text)) {
      append_quoted(out, "<invalid UTF-8>");
    } else if (format == LogFormat::Text && is_plain(*text)) {
      out.append(*text);
    } else {
      append_quoted(out, *text);
    }
    return;
  }
  char digits[32];
  const auto end = std::visit(
      [&](auto value) -> char* {
        if constexpr (std::is_same_v<decltype(value), std::string_view>) {
          return digits;
        } else {
          return std::to_chars(digits, digits + sizeof digits, value).ptr;
        }
      },
      field.value);
  out.append(digits, static_cast<std::size_t>(end - digits));
}

}  // namespace

struct Logger::Sink {
  LogLevel level;
  LogFormat format;
  std::shared_ptr<spdlog::logger> logger;
};

Result<LogLevel> parse_log_level(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kLevelNames); ++i) {
    if (kLevelNames[i] == name) return static_cast<LogLevel>(i);
  }
  return invalid_argument("The log level must be one of trace, debug, info, warning, error, off.");
}

Result<LogFormat> parse_log_format(std::string_view name) {
  if (name == "text") return LogFormat::Text;
  if (name == "json") return LogFormat::Json;
  return invalid_argument("The log format must be 'text' or 'json'.");
}

Logger::Logger(LogLevel level, LogFormat format) : sink_(std::make_shared<Sink>()) {
  sink_->level = level;
  sink_->format = format;
  sink_->logger =
      std::make_shared<spdlog::logger>("kuramori", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  sink_->logger->set_pattern("%v");
  sink_->logger->set_level(to_spdlog(level));
  sink_->logger->flush_on(spdlog::level::trace);
}

bool Logger::enabled(LogLevel level) const {
  return level >= sink_->level && sink_->level != LogLevel::Off;
}

void Logger::log(LogLevel level, std::string_view event, LogFields fields) const {
  if (!enabled(level)) return;
  const std::string time = to_rfc3339(SystemClock().now());
  const std::string_view level_name = kLevelNames[static_cast<std::size_t>(level)];
  std::string line;
  if (sink_->format == LogFormat::Json) {
    line.append("{\"time\":\"")
        .append(time)
        .append("\",\"level\":\"")
        .append(level_name)
        .append("\",\"event\":");
    append_quoted(line, event);
    for (const LogField& field : fields) {
      line.push_back(',');
      append_quoted(line, field.key);
      line.push_back(':');
      append_value(line, field, LogFormat::Json);
    }
    line.push_back('}');
  } else {
    line.append(time).append(" ").append(level_name).append(" ").append(event);
    for (const LogField& field : fields) {
      line.append(" ").append(field.key).append("=");
      append_value(line, field, LogFormat::Text);
    }
  }
  sink_->logger->log(to_spdlog(level), "{}", line);
}

}  // namespace kuramori
