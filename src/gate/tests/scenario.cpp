#include "gate/tests/scenario.hpp"

#include <charconv>
#include <optional>
#include <sstream>

#include "base/text.hpp"

namespace kuramori::gate {

namespace {

// The words of one line; a quoted text is one word, and is marked.
struct Word {
  std::string text;
  bool quoted = false;
};

void append_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xC0 | (c >> 6)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | (c >> 12)));
    out.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  } else {
    out.push_back(static_cast<char>(0xF0 | (c >> 18)));
    out.push_back(static_cast<char>(0x80 | ((c >> 12) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  }
}

// \n, \", \\ and \u{200B}.
std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out.push_back(text[i]);
      continue;
    }
    if (++i >= text.size()) return std::nullopt;
    if (text[i] == 'u') {
      const auto close = text.find('}', i);
      if (i + 1 >= text.size() || text[i + 1] != '{' || close == std::string_view::npos) return std::nullopt;
      std::uint32_t value = 0;
      std::from_chars(text.data() + i + 2, text.data() + close, value, 16);
      append_utf8(out, value);
      i = close;
    } else {
      out.push_back(text[i] == 'n' ? '\n' : text[i]);
    }
  }
  return out;
}

std::optional<std::vector<Word>> words_of(std::string_view line) {
  std::vector<Word> words;
  for (std::size_t i = 0; i < line.size();) {
    if (line[i] == ' ' || line[i] == '\t') {
      ++i;
      continue;
    }
    if (line[i] == '"') {
      std::size_t end = i + 1;
      while (end < line.size() && line[end] != '"') end += line[end] == '\\' ? 2 : 1;
      if (end >= line.size()) return std::nullopt;
      auto text = unescape(line.substr(i + 1, end - i - 1));
      if (!text) return std::nullopt;
      words.push_back({*std::move(text), true});
      i = end + 1;
      continue;
    }
    const auto end = std::min(line.find_first_of(" \t", i), line.size());
    words.push_back({std::string(line.substr(i, end - i)), false});
    i = end;
  }
  return words;
}

// What is known of the world around; false when `what` is nothing of it.
// given file_type application/pdf, given file_state encrypted
bool read_file_fact(Scenario& scenario, const std::string& what, const std::string& value) {
  if (!scenario.inspected) scenario.inspected.emplace();
  governance::FileFacts& file = *scenario.inspected;
  if (what == "file_type") {
    scenario.file_type = value;
  } else if (value == "encrypted") {
    file.is_encrypted = true;
  } else if (value == "unreadable") {
    file.is_unreadable = true;
  } else if (value == "malware") {
    file.has_malware = true;
  } else if (value == "not_scanned") {
    file.was_scanned = false;
  } else {
    return false;
  }
  return true;
}

bool read_surrounding(Scenario& scenario, const std::string& what, const std::string& value) {
  if (what == "department") {
    scenario.department = value;
  } else if (what == "organisation_role") {
    scenario.organisation_role = value;
  } else if (what == "clearance") {
    scenario.clearance = value;
  } else if (what == "room_label") {
    scenario.room_label = value;
  } else if (what == "origin_label") {
    scenario.origin_label = value;
  } else if (what == "forwarded") {
    scenario.is_forwarded = value == "yes";
    return value == "yes";
  } else if (what == "no_forward") {
    scenario.no_forward = value == "yes";
    return value == "yes";
  } else if (what == "password_proved_minutes_ago") {
    scenario.proved_ago = text::to_integer(value);
    return scenario.proved_ago.has_value();
  } else if (what == "may_contact") {
    scenario.may_contact = value != "no";
    return value == "no";
  } else if (what == "room_class") {
    scenario.is_encrypted = value == "sealed";
    return value == "sealed" || value == "managed";
  } else if (what == "destination") {
    scenario.destination = governance::destination_named(value);
    return scenario.destination.has_value();
  } else if (what == "link") {
    const auto verdict = governance::link_verdict_named(value);
    if (!verdict) return false;
    scenario.links.set(static_cast<std::size_t>(*verdict));
  } else if (what == "file_type" || what == "file_state") {
    return read_file_fact(scenario, what, value);
  } else if (what == "attempts") {
    scenario.attempts = value == "2" ? 2 : 0;
    return scenario.attempts == 2;
  } else {
    return false;
  }
  return true;
}

// given <what> <value>
bool read_given(Scenario& scenario, const std::vector<Word>& words) {
  if (words.size() != 3) return false;
  const std::string& what = words[1].text;
  const std::string& value = words[2].text;
  if (what == "policy") {
    scenario.policy = value;
  } else if (what == "role") {
    const auto role = parse_role(value);
    if (!role) return false;
    scenario.subject.role = *role;
  } else if (what == "device") {
    scenario.subject.device = DeviceId(value);
  } else if (what == "network") {
    scenario.subject.address = value;
  } else if (what == "client") {
    scenario.subject.user_agent = value;
  } else if (what == "language") {
    scenario.subject.language = value;
  } else if (what == "room") {
    scenario.resource.room = RoomId(value);
  } else if (what == "person") {
    scenario.resource.user = UserId(value);
  } else if (what == "type") {
    scenario.resource.event_type = value;
  } else {
    return read_surrounding(scenario, what, value);
  }
  return true;
}

// when <user> does <operation> [with [<field>] "text"] [and <field> "text"]…
bool read_when(Scenario& scenario, const std::vector<Word>& words) {
  if (scenario.acts || words.size() < 4 || words[2].text != "does") return false;
  scenario.acts = true;
  scenario.subject.user = UserId(words[1].text);
  const auto operation = parse_operation(words[3].text);
  if (!operation) return false;
  scenario.operation = *operation;
  bool first = true;
  for (std::size_t i = 4; i < words.size();) {
    if (words[i].text != (first ? "with" : "and") || words[i].quoted) return false;
    ++i;
    std::string field = "body";
    if (i < words.size() && !words[i].quoted) field = words[i++].text;
    if (i >= words.size() || !words[i].quoted) return false;
    if (first) scenario.field = field;
    scenario.content[field] = words[i++].text;
    first = false;
  }
  return true;
}

bool is_verdict(std::string_view word) {
  return word == "allowed" || word == "refused" || word == "warned" || word == "masked" || word == "asked" ||
         word == "held" || word == "password";
}

// expect <verdict> ["text"] [by <rule>] | expect audit <outcome>|nothing | expect explanation "…" |
// expect finding <id> | expect obligation <name>
bool read_expect(Scenario& scenario, const std::vector<Word>& words, std::size_t line) {
  if (words.size() < 2) return false;
  Expectation expectation{.line = line, .verdict = {}, .rule = {}, .text = {}, .kind = words[1].text};
  std::size_t next = 2;
  if (is_verdict(words[1].text)) {
    expectation.kind = "verdict";
    expectation.verdict = words[1].text;
    if (next < words.size() && words[next].quoted) expectation.text = words[next++].text;
    if (next + 1 < words.size() && words[next].text == "by") {
      expectation.rule = words[next + 1].text;
      next += 2;
    }
  } else if (expectation.kind == "audit" || expectation.kind == "explanation" ||
             expectation.kind == "finding" || expectation.kind == "obligation" ||
             expectation.kind == "label" || expectation.kind == "told" || expectation.kind == "alert" ||
             expectation.kind == "mark") {
    if (words.size() != 3) return false;
    expectation.text = words[next++].text;
  }
  if (next != words.size() || (expectation.verdict.empty() && expectation.text.empty())) return false;
  scenario.expectations.push_back(std::move(expectation));
  return true;
}

}  // namespace

Result<std::vector<Scenario>> parse_scenarios(const std::string& file, const std::string& text) {
  std::vector<Scenario> scenarios;
  Scenario common;  // what stands before the first scenario holds for all
  common.file = file;
  common.subject.language = "en";
  common.subject.device = DeviceId("LAPTOP");
  common.subject.address = "10.1.2.3";
  common.resource.room = RoomId("!general:corp.example");
  common.resource.event_type = "m.room.message";
  std::size_t number = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const std::string_view trimmed = text::trim(line);
    if (trimmed.empty() || trimmed.starts_with('#')) continue;
    const auto wrong = [&] {
      return invalid_argument(file + ":" + std::to_string(number) +
                              ": cannot be understood: " + std::string(trimmed));
    };
    if (trimmed.starts_with("scenario ")) {
      scenarios.push_back(common);
      scenarios.back().line = number;
      scenarios.back().title = trimmed.substr(9);
      continue;
    }
    const auto words = words_of(trimmed);
    if (!words || words->empty()) return wrong();
    Scenario& scenario = scenarios.empty() ? common : scenarios.back();
    const std::string& verb = words->front().text;
    const bool understood = verb == "given"     ? read_given(scenario, *words)
                            : scenarios.empty() ? false
                            : verb == "when"    ? read_when(scenario, *words)
                            : verb == "expect"  ? read_expect(scenario, *words, number)
                                                : false;
    if (!understood) return wrong();
  }
  for (const Scenario& scenario : scenarios) {
    if (scenario.acts && !scenario.expectations.empty()) continue;
    return invalid_argument(file + ":" + std::to_string(scenario.line) +
                            ": a scenario needs 'when' and 'expect'");
  }
  return scenarios;
}

}  // namespace kuramori::gate
