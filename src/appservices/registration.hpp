// Registration files of application services (application-service API, "Registration"): YAML, one service a
// file. What is wrong is reported whole, each with its line; a file with a problem registers nothing.
//
//   RegistrationReading reading = read_registration_text(text, ServerName("example.org"));
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/identifiers.hpp"
#include "base/result.hpp"

namespace kuramori::appservices {

constexpr std::size_t kRegistrationBytesMax = 262'144;
constexpr std::size_t kServicesMax = 100;
constexpr std::size_t kNamespacesMax = 100;  // of one kind, of one service
constexpr std::size_t kPatternBytesMax = 1'024;
constexpr std::size_t kTextBytesMax = 255;  // of ids and names
constexpr std::size_t kTokenBytesMin = 16;
constexpr std::size_t kTokenBytesMax = 1'024;

// A regular expression that is matched from the beginning of an identifier, in time linear in its length
// (RE2).
class Pattern {
 public:
  // Why the text is no pattern that we take.
  static Result<Pattern> compile(const std::string& text);
  bool matches(std::string_view identifier) const;
  const std::string& text() const;

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

struct Namespace {
  enum class Exclusive : bool { No, Yes } exclusive = Exclusive::No;
  Pattern pattern = {};
};
// Whether one of them claims the identifier for its service alone.
bool is_exclusive(const std::vector<Namespace>& namespaces, std::string_view identifier);

struct Registration {
  std::string id = {};
  std::string url = {};  // without a slash at its end; empty: nothing is sent to the service
  std::string as_token = {};
  std::string hs_token = {};
  UserId sender = {};  // of sender_localpart
  std::vector<Namespace> users = {};
  std::vector<Namespace> aliases = {};
  std::vector<Namespace> rooms = {};
  bool rate_limited = true;
  bool receive_ephemeral = false;
  // In `ephemeral` of a transaction; "de.sorunome.msc2409.ephemeral" for bridges from before it was
  // specified.
  std::string ephemeral_name = "ephemeral";
  std::vector<std::string> protocols = {};

  // Users of our server alone: the caller has seen to that.
  bool covers_user(const UserId& user) const;  // its own user, too
  bool covers_alias(std::string_view alias) const;
  bool covers_room(const RoomId& room) const;
};

struct RegistrationProblem {
  std::int64_t line = 0;  // 0: of the whole file
  std::string message = {};
};

struct RegistrationReading {
  std::optional<Registration> registration = {};  // nothing when there are problems
  std::vector<RegistrationProblem> problems = {};
};

RegistrationReading read_registration_text(const std::string& text, const ServerName& server);

struct RegistrationsReading {
  std::vector<Registration> registrations = {};  // of the files without problems
  std::vector<std::string> problems = {};        // "FILE:LINE: what is wrong"
};
// Also what may not be the same in two of them: ids, tokens, the services' own users, exclusive namespaces.
RegistrationsReading read_registration_files(const std::vector<std::string>& files, const ServerName& server);

}  // namespace kuramori::appservices
