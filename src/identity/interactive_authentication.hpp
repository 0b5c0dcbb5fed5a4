// User-interactive authentication (client-server API, "User-interactive authentication API"): stages that a
// user completes, one request after the other, before a sensitive operation goes on. What is under way is
// kept in memory, bounded, with an expiry.
//
//   auto outcome = co_await uia.authenticate({.endpoint = "POST /account/password", .user = user, .flows =
//   {{kPasswordStage}}}, auth); if (auto* challenge = std::get_if<Challenge>(&outcome)) → 401 with
//   challenge->body()
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "identity/accounts.hpp"
#include "identity/password_proofs.hpp"
#include "json/json.hpp"

namespace kuramori::identity {

inline constexpr std::string_view kPasswordStage = "m.login.password";
inline constexpr std::string_view kDummyStage = "m.login.dummy";
inline constexpr std::string_view kRegistrationTokenStage = "m.login.registration_token";
inline constexpr std::string_view kMailStage = "m.login.email.identity";

struct Flow {
  std::vector<std::string> stages;
};

// What has to be authenticated. A session of stages counts for one endpoint and one user only.
struct ProtectedOperation {
  std::string endpoint;  // method and pattern
  UserId user;           // whose authority is asked for; empty: nobody's yet (registration)
  std::vector<Flow> flows;
  gate::Subject from = {};  // who asks, from where: for the record of what fails
};

struct Challenge {
  std::string session;
  std::vector<Flow> flows;
  std::vector<std::string> completed;
  std::optional<Error> failure;  // why the stage just tried was not accepted
  json::Object body() const;     // of the 401 response
};

struct Authenticated {
  UserId user;  // as of the stage of a password or of an address; empty when no stage names somebody
};

// Whose address was proved by a token that was mailed to it. `people` answers it.
class MailIdentity {
 public:
  virtual ~MailIdentity() = default;
  // M_THREEPID_AUTH_FAILED for what was not proved. A proof is used up.
  virtual runtime::Task<Result<UserId>> take_owner(std::string sid, std::string client_secret,
                                                   gate::Subject from) = 0;
};

class InteractiveAuthentication {
 public:
  struct Options {
    Milliseconds lifetime{900'000};
    std::size_t sessions_max = 10'000;
    std::string registration_token;       // empty: the stage is not accepted
    PasswordProofBook* proofs = nullptr;  // notes which sessions proved their password; null: nobody asks
  };
  InteractiveAuthentication(Accounts& accounts, const Clock& clock, Random& random, Options options);
  ~InteractiveAuthentication();

  // Once, before anybody is served; without it, kMailStage is not accepted. Outlives the last request.
  void provide(MailIdentity& mail);
  bool takes_mail() const;

  // `auth` is the request's `auth` object, or null. A session is used up when it is complete.
  runtime::Task<std::variant<Authenticated, Challenge, Error>> authenticate(ProtectedOperation operation,
                                                                            const json::Object* auth);
  // Compared in constant time; false when none is configured.
  bool is_registration_token(std::string_view token) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::identity
