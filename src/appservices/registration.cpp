#include "appservices/registration.hpp"

#include <re2/re2.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <tuple>

#include "matrix/identifiers.hpp"

namespace kuramori::appservices {
namespace {

constexpr std::int64_t kPatternMemory = 1 << 20;
constexpr int kNestingMax = 8;

bool covers(const std::vector<Namespace>& namespaces, std::string_view identifier) {
  return std::ranges::any_of(namespaces,
                             [&](const Namespace& space) { return space.pattern.matches(identifier); });
}

// Brackets and indentation that go deeper than any registration needs would cost the parser's stack.
bool is_too_deep(const std::string& text) {
  int brackets = 0;
  int indicators = 0;  // "- - - -" on one line nests, too
  bool at_line_start = true;
  for (const char c : text) {
    if (c == '\n') {
      indicators = 0;
      at_line_start = true;
      continue;
    }
    if (c == '[' || c == '{') ++brackets;
    if ((c == ']' || c == '}') && brackets > 0) --brackets;
    if (at_line_start && (c == '-' || c == '?' || c == ':')) ++indicators;
    if (c != ' ' && c != '-' && c != '?' && c != ':') at_line_start = false;
    if (indicators > kNestingMax) return true;
    // Regular expressions hold brackets, mostly in pairs and in quotes.
    if (brackets > kNestingMax * 64) return true;
  }
  return false;
}

class RegistrationReader {
 public:
  explicit RegistrationReader(const ServerName& server) : server_(server) {}

  RegistrationReading read(const std::string& text) {
    try {
      if (text.size() > kRegistrationBytesMax) {
        problem(0, "is larger than " + std::to_string(kRegistrationBytesMax) + " octets");
      } else if (is_too_deep(text)) {
        problem(0, "is nested too deeply to be a registration");
      } else {
        read_root(YAML::Load(text));
      }
    } catch (const YAML::Exception& error) {
      problem(error.mark.is_null() ? 0 : error.mark.line + 1, "is not YAML: " + error.msg);
    }
    RegistrationReading reading;
    std::ranges::sort(problems_, [](const RegistrationProblem& a, const RegistrationProblem& b) {
      return std::tie(a.line, a.message) < std::tie(b.line, b.message);
    });
    reading.problems = std::move(problems_);
    if (reading.problems.empty()) reading.registration = std::move(registration_);
    return reading;
  }

 private:
  void problem(std::int64_t line, std::string message) { problems_.push_back({line, std::move(message)}); }
  static std::int64_t line_of(const YAML::Node& node) {
    return node.Mark().is_null() ? 0 : node.Mark().line + 1;
  }

  void read_root(const YAML::Node& root) {
    if (!root.IsMap()) return problem(line_of(root), "must be a mapping with the keys id, url, as_token, …");
    std::set<std::string> seen;
    for (const auto& entry : root) {
      if (!entry.first.IsScalar()) {
        problem(line_of(entry.first), "holds a key that is no string");
        continue;
      }
      const std::string& key = entry.first.Scalar();
      if (!seen.insert(key).second) problem(line_of(entry.first), "'" + printable(key) + "' stands twice");
    }
    read_text(root, "id", registration_.id);
    read_url(root);
    read_token(root, "as_token", registration_.as_token);
    read_token(root, "hs_token", registration_.hs_token);
    if (!registration_.as_token.empty() && registration_.as_token == registration_.hs_token)
      problem(line_of(root["hs_token"]), "hs_token must differ from as_token");
    read_sender(root);
    read_namespaces(root);
    read_flag(root, "rate_limited", registration_.rate_limited);
    read_flag(root, "receive_ephemeral", registration_.receive_ephemeral);
    // What bridges wrote before the setting was specified.
    if (!root["receive_ephemeral"] && root["de.sorunome.msc2409.push_ephemeral"]) {
      read_flag(root, "de.sorunome.msc2409.push_ephemeral", registration_.receive_ephemeral);
      registration_.ephemeral_name = "de.sorunome.msc2409.ephemeral";
    }
    read_protocols(root);
  }

  static std::string printable(std::string_view text) {
    std::string out;
    for (const char c : text.substr(0, 64)) out.push_back(static_cast<unsigned char>(c) < 0x20 ? '?' : c);
    return out;
  }

  bool is_text(const YAML::Node& node, std::string_view key, std::size_t bytes_max) {
    const std::string name(key);
    if (!node || !node.IsScalar() || node.Scalar().empty()) {
      problem(node ? line_of(node) : 0,
              node ? "'" + name + "' must be a string that is not empty" : "'" + name + "' is missing");
      return false;
    }
    if (node.Scalar().size() > bytes_max) {
      problem(line_of(node), "'" + name + "' is longer than " + std::to_string(bytes_max) + " octets");
      return false;
    }
    const bool is_printable = std::ranges::all_of(
        node.Scalar(), [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '\x7f'; });
    if (!is_printable) problem(line_of(node), "'" + name + "' holds control characters");
    return is_printable;
  }

  void read_text(const YAML::Node& root, const char* key, std::string& out) {
    const YAML::Node node = root[key];
    if (is_text(node, key, kTextBytesMax)) out = node.Scalar();
  }

  // Its value never gets into a message.
  void read_token(const YAML::Node& root, const char* key, std::string& out) {
    const YAML::Node node = root[key];
    if (!is_text(node, key, kTokenBytesMax)) return;
    const bool is_plain = std::ranges::all_of(node.Scalar(), [](char c) { return c > 0x20 && c < 0x7f; });
    if (!is_plain) return problem(line_of(node), std::string(key) + " must be ASCII without spaces");
    if (node.Scalar().size() < kTokenBytesMin) {
      return problem(line_of(node), std::string(key) + " is too easy to guess: it needs " +
                                        std::to_string(kTokenBytesMin) + " characters or more");
    }
    out = node.Scalar();
  }

  void read_url(const YAML::Node& root) {
    const YAML::Node node = root["url"];
    if (!node) return problem(0, "'url' is missing; null when nothing is to be sent to the service");
    if (node.IsNull()) return;
    if (!is_text(node, "url", 2'048)) return;
    std::string url = node.Scalar();
    const bool is_http = url.starts_with("http://") || url.starts_with("https://");
    const bool is_bare = url.find_first_of("?# ") == std::string::npos && url.find('@') == std::string::npos;
    if (!is_http || !is_bare || url.size() <= url.find("://") + 3) {
      return problem(line_of(node),
                     "'url' must begin with http:// or https:// and name a host, without user, "
                     "query or fragment; or be null");
    }
    while (url.ends_with('/')) url.pop_back();
    registration_.url = std::move(url);
  }

  void read_sender(const YAML::Node& root) {
    const YAML::Node node = root["sender_localpart"];
    if (!is_text(node, "sender_localpart", kTextBytesMax)) return;
    auto user = matrix::make_user_id(node.Scalar(), server_);
    if (!user)
      return problem(line_of(node),
                     "'sender_localpart' is not the local part of a user ID: " + user.error().message());
    registration_.sender = *std::move(user);
  }

  void read_flag(const YAML::Node& root, const char* key, bool& out) {
    const YAML::Node node = root[key];
    if (!node) return;
    try {
      out = node.as<bool>();
    } catch (const YAML::Exception&) {
      problem(line_of(node), "'" + std::string(key) + "' must be true or false");
    }
  }

  void read_namespaces(const YAML::Node& root) {
    const YAML::Node node = root["namespaces"];
    if (!node) return problem(0, "'namespaces' is missing");
    if (!node.IsMap()) return problem(line_of(node), "'namespaces' must hold users, aliases and rooms");
    for (const auto& entry : node) {
      const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : std::string();
      if (key != "users" && key != "aliases" && key != "rooms")
        problem(line_of(entry.first),
                "there is no namespace '" + printable(key) + "': users, aliases, rooms");
    }
    read_namespace(node, "users", '@', registration_.users);
    read_namespace(node, "aliases", '#', registration_.aliases);
    read_namespace(node, "rooms", '!', registration_.rooms);
  }

  void read_namespace(const YAML::Node& namespaces, const char* kind, char sigil,
                      std::vector<Namespace>& out) {
    const YAML::Node list = namespaces[kind];
    if (!list || list.IsNull()) return;
    const std::string name = "namespaces." + std::string(kind);
    if (!list.IsSequence()) return problem(line_of(list), "'" + name + "' must be a list");
    if (list.size() > kNamespacesMax) {
      return problem(line_of(list),
                     "'" + name + "' holds more than " + std::to_string(kNamespacesMax) + " entries");
    }
    for (const YAML::Node& item : list) {
      if (!item.IsMap()) {
        problem(line_of(item), "'" + name + "' must hold entries with exclusive and regex");
        continue;
      }
      const YAML::Node regex = item["regex"];
      if (!regex) {
        problem(line_of(item), "'" + name + "' needs regex");
        continue;
      }
      if (!is_text(regex, name + ".regex", kPatternBytesMax)) continue;
      auto pattern = Pattern::compile(regex.Scalar());
      if (!pattern) {
        problem(line_of(regex), "'" + name + "': " + pattern.error().message());
        continue;
      }
      // A namespace of everything is a mistake that would take the whole server from its people.
      Namespace space{.exclusive = Namespace::Exclusive::No, .pattern = *std::move(pattern)};
      bool exclusive = false;
      if (!item["exclusive"]) problem(line_of(item), "'" + name + "' needs exclusive: true or false");
      read_flag(item, "exclusive", exclusive);
      if (exclusive) {
        space.exclusive = Namespace::Exclusive::Yes;
        const std::string anything = std::string(1, sigil) + "\x01:";
        if (sigil != '!' && space.pattern.matches(anything))
          problem(line_of(regex), "'" + name + "': an exclusive namespace must not cover every name");
      }
      out.push_back(std::move(space));
    }
  }

  void read_protocols(const YAML::Node& root) {
    const YAML::Node list = root["protocols"];
    if (!list || list.IsNull()) return;
    if (!list.IsSequence() || list.size() > kNamespacesMax)
      return problem(line_of(list), "'protocols' must be a list of at most 100 names");
    for (const YAML::Node& item : list) {
      if (is_text(item, "protocols", kTextBytesMax)) registration_.protocols.push_back(item.Scalar());
    }
  }

  const ServerName& server_;
  Registration registration_;
  std::vector<RegistrationProblem> problems_;
};

bool has_same_exclusive(const std::vector<Namespace>& a, const std::vector<Namespace>& b) {
  return std::ranges::any_of(a, [&](const Namespace& space) {
    return space.exclusive == Namespace::Exclusive::Yes &&
           std::ranges::any_of(b, [&](const Namespace& other) {
             return other.exclusive == Namespace::Exclusive::Yes &&
                    other.pattern.text() == space.pattern.text();
           });
  });
}

// What two services cannot share.
std::vector<std::string> clashes(const Registration& a, const Registration& b) {
  std::vector<std::string> found;
  if (a.id == b.id) found.emplace_back("has the same id");
  if (a.as_token == b.as_token) found.emplace_back("has the same as_token");
  if (a.sender == b.sender) found.emplace_back("has the same sender_localpart");
  if (is_exclusive(a.users, b.sender.view()) || is_exclusive(b.users, a.sender.view()))
    found.emplace_back("has its own user in an exclusive namespace of the other");
  if (has_same_exclusive(a.users, b.users)) found.emplace_back("has the same exclusive namespace of users");
  if (has_same_exclusive(a.aliases, b.aliases))
    found.emplace_back("has the same exclusive namespace of aliases");
  return found;
}

Result<std::string> file_content(const std::string& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return not_found("is not a file that can be read");
  std::ifstream in(file, std::ios::binary);
  std::string text(kRegistrationBytesMax + 1, '\0');
  if (!in) return not_found("cannot be read: look at its owner and mode");
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

}  // namespace

bool is_exclusive(const std::vector<Namespace>& namespaces, std::string_view identifier) {
  return std::ranges::any_of(namespaces, [&](const Namespace& space) {
    return space.exclusive == Namespace::Exclusive::Yes && space.pattern.matches(identifier);
  });
}

struct Pattern::Compiled {
  Compiled(const std::string& source, const re2::RE2::Options& options)
      : text(source), expression(source, options) {}
  std::string text;
  re2::RE2 expression;
};

Result<Pattern> Pattern::compile(const std::string& text) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kPatternMemory);
  auto compiled = std::make_shared<Compiled>(text, options);
  if (!compiled->expression.ok())
    return invalid_argument("the regular expression cannot be used: " + compiled->expression.error());
  Pattern pattern;
  pattern.compiled_ = std::move(compiled);
  return pattern;
}

bool Pattern::matches(std::string_view identifier) const {
  const re2::StringPiece text(identifier.data(), identifier.size());
  return compiled_ != nullptr &&
         compiled_->expression.Match(text, 0, text.size(), re2::RE2::ANCHOR_START, nullptr, 0);
}

const std::string& Pattern::text() const {
  static const std::string kNone;
  return compiled_ == nullptr ? kNone : compiled_->text;
}

bool Registration::covers_user(const UserId& user) const {
  return user == sender || covers(users, user.view());
}
bool Registration::covers_alias(std::string_view alias) const {
  return covers(aliases, alias);
}
bool Registration::covers_room(const RoomId& room) const {
  return covers(rooms, room.view());
}

RegistrationReading read_registration_text(const std::string& text, const ServerName& server) {
  return RegistrationReader(server).read(text);
}

RegistrationsReading read_registration_files(const std::vector<std::string>& files,
                                             const ServerName& server) {
  RegistrationsReading all;
  std::vector<std::string> names;  // of the files that were good
  if (files.size() > kServicesMax) {
    all.problems.push_back("appservices.registration_files names more than " + std::to_string(kServicesMax) +
                           " files");
    return all;
  }
  for (const std::string& file : files) {
    const auto text = file_content(file);
    if (!text) {
      all.problems.push_back(file + ": " + text.error().message());
      continue;
    }
    RegistrationReading reading = read_registration_text(*text, server);
    for (const RegistrationProblem& problem : reading.problems) {
      all.problems.push_back(file + ":" + (problem.line > 0 ? std::to_string(problem.line) + ": " : " ") +
                             problem.message);
    }
    if (!reading.registration) continue;
    for (std::size_t i = 0; i < names.size(); ++i) {
      for (const std::string& clash : clashes(all.registrations[i], *reading.registration))
        all.problems.push_back(file + ": " + clash + " (" + names[i] + ")");
    }
    all.registrations.push_back(*std::move(reading.registration));
    names.push_back(file);
  }
  return all;
}

}  // namespace kuramori::appservices
