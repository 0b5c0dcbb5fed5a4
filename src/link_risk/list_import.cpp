#include "link_risk/list_import.hpp"

#include <array>
#include <chrono>
#include <set>
#include <unordered_set>

#include "base/csv.hpp"
#include "base/text.hpp"
#include "governance/characters.hpp"
#include "link_risk/address_literal.hpp"

namespace kuramori::link_risk {
namespace {

constexpr std::size_t kLineOctetsMax = 8192;

// Names of the machine itself, with which every hosts file begins.
bool is_own_name(std::string_view host) {
  static const std::set<std::string_view> kNames{"localhost",      "localhost.localdomain", "local",
                                                 "broadcasthost",  "ip6-localhost",         "ip6-loopback",
                                                 "ip6-localnet",   "ip6-mcastprefix",       "ip6-allnodes",
                                                 "ip6-allrouters", "ip6-allhosts",          "0.0.0.0"};
  return kNames.contains(host);
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t begin = line.find_first_not_of(" \t", at);
    if (begin == std::string_view::npos) break;
    const std::size_t end = std::min(line.find_first_of(" \t", begin), line.size());
    words.push_back(line.substr(begin, end - begin));
    at = end;
  }
  return words;
}

class Import {
 public:
  Import(const HostReader& hosts, const ImportOptions& options) : hosts_(hosts), options_(options) {}

  Result<void> lines(std::string_view text) {
    std::size_t number = 0;
    while (!text.empty()) {
      ++number;
      const std::size_t end = text.find('\n');
      std::string_view line = text.substr(0, end);
      text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
      if (number == 1 && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
      if (line.size() > kLineOctetsMax) {
        bad(number, "The line is too long.");
        continue;
      }
      KURAMORI_CHECK(take_line(number, line));
    }
    return {};
  }

  Result<void> table(std::string_view text) {
    KURAMORI_TRY(rows, parse_csv(text));
    if (!rows.empty() && !rows.front().fields.contains("pattern")) {
      return invalid_argument("The table has no column \"pattern\".");
    }
    for (const CsvRow& row : rows) KURAMORI_CHECK(take_row(row));
    return {};
  }

  ImportedList result() && { return std::move(list_); }

 private:
  void bad(std::size_t line, std::string problem) {
    ++list_.bad;
    if (list_.bad_lines.size() < ImportedList::kBadLinesMax) {
      list_.bad_lines.push_back({.line = line, .problem = std::move(problem)});
    }
  }

  Result<void> take_line(std::size_t number, std::string_view line) {
    // '#' begins a comment at the start of a line or behind a blank; in a link it is a fragment.
    for (std::size_t hash = line.find('#'); hash != std::string_view::npos; hash = line.find('#', hash + 1)) {
      if (hash != 0 && line[hash - 1] != ' ' && line[hash - 1] != '\t') continue;
      line = line.substr(0, hash);
      break;
    }
    line = text::trim(line);
    if (line.empty() || line.front() == '!' || line.front() == ';') return {};
    if (options_.format == ListFormat::Domains) {
      if (line.starts_with("@@")) {
        bad(number, "Exceptions are entries of an allow list.");
        return {};
      }
      return take(number, line, {}, base_entry());
    }
    const auto words = words_of(line);
    if (words.size() < 2) {
      bad(number, "A line of a hosts file is an address and a name.");
      return {};
    }
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (is_own_name(words[i])) continue;
      KURAMORI_CHECK(take(number, words[i], {.match = Match::Host}, base_entry()));
    }
    return {};
  }

  ListEntry base_entry() const {
    return {.match = Match::Domain,
            .action = options_.action,
            .pattern = {},
            .source = options_.source,
            .reason = options_.reason,
            .expires = options_.expires};
  }

  Result<void> take_row(const CsvRow& row) {
    ListEntry entry = base_entry();
    EntryForm form;
    if (const auto name = row.at("match"); !name.empty()) {
      form.match = match_named(name);
      if (!form.match) {
        bad(row.line, "match is host, domain or path.");
        return {};
      }
    }
    if (const auto name = row.at("action"); !name.empty()) {
      const auto action = list_action_named(name);
      if (!action) {
        bad(row.line, "action is block or allow.");
        return {};
      }
      entry.action = *action;
    }
    if (const auto reason = row.at("reason"); !reason.empty())
      entry.reason = std::string(reason.substr(0, 500));
    if (const auto expires = row.at("expires"); !expires.empty()) {
      entry.expires = read_time(expires);
      if (!entry.expires) {
        bad(row.line, "expires is a date (2026-12-31) or a time (2026-12-31T15:00:00Z).");
        return {};
      }
    }
    return take(row.line, row.at("pattern"), form, std::move(entry));
  }

  Result<void> take(std::size_t line, std::string_view written, EntryForm form, ListEntry entry) {
    auto read = read_entry(hosts_, written, form);
    if (!read) {
      bad(line, read.error().message());
      return {};
    }
    entry.match = read->match;
    entry.pattern = std::move(read->pattern);
    if (!seen_.insert(std::string(1, static_cast<char>('0' + static_cast<int>(entry.match))) + entry.pattern)
             .second)
      return {};
    if (list_.entries.size() >= options_.entries_max) {
      return Error(ErrorCode::TooLarge, "M_TOO_LARGE", "The list has too many entries.");
    }
    list_.entries.push_back(std::move(entry));
    return {};
  }

  const HostReader& hosts_;
  const ImportOptions& options_;
  ImportedList list_;
  std::unordered_set<std::string> seen_;
};

std::optional<int> number_at(std::string_view text, std::size_t at, std::size_t length) {
  int value = 0;
  for (std::size_t i = at; i < at + length; ++i) {
    if (i >= text.size() || !governance::is_digit(text[i])) return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

}  // namespace

std::string_view to_string(ListFormat format) {
  switch (format) {
    case ListFormat::HostsFile:
      return "hosts";
    case ListFormat::Csv:
      return "csv";
    case ListFormat::Domains:
      return "domains";
  }
  return "";
}

std::optional<ListFormat> list_format_named(std::string_view name) {
  for (const ListFormat format : {ListFormat::HostsFile, ListFormat::Csv, ListFormat::Domains}) {
    if (name == to_string(format)) return format;
  }
  return std::nullopt;
}

Result<ImportedList> import_list(const HostReader& hosts, std::string_view text,
                                 const ImportOptions& options) {
  if (text.size() > options.octets_max)
    return Error(ErrorCode::TooLarge, "M_TOO_LARGE", "The list is too large.");
  Import import(hosts, options);
  KURAMORI_CHECK(options.format == ListFormat::Csv ? import.table(text) : import.lines(text));
  return std::move(import).result();
}

std::optional<Timestamp> read_time(std::string_view written) {
  const auto year = number_at(written, 0, 4);
  const auto month = number_at(written, 5, 2);
  const auto day = number_at(written, 8, 2);
  if (!year || !month || !day || written[4] != '-' || written[7] != '-') return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  const Timestamp midnight = std::chrono::sys_days(date);
  if (written.size() == 10) return midnight;
  const auto hour = number_at(written, 11, 2);
  const auto minute = number_at(written, 14, 2);
  const auto second = number_at(written, 17, 2);
  const bool is_whole = written.size() == 20 && written[10] == 'T' && written[13] == ':' &&
                        written[16] == ':' && written[19] == 'Z';
  if (!hour || !minute || !second || !is_whole || *hour > 23 || *minute > 59 || *second > 59)
    return std::nullopt;
  return midnight + std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second);
}

}  // namespace kuramori::link_risk
