#include "identity/interactive_authentication.hpp"

#include <algorithm>
#include <deque>
#include <mutex>
#include <unordered_map>

#include "base/text.hpp"
#include "identity/user_identifier.hpp"

namespace kuramori::identity {

using runtime::Task;

namespace {

constexpr std::size_t kSessionCharacters = 32;

struct Progress {
  std::string endpoint;
  UserId user;
  UserId authenticated;
  std::vector<std::string> completed;
  Timestamp expires;
};

bool is_prefix(const std::vector<std::string>& completed, const Flow& flow) {
  return completed.size() <= flow.stages.size() &&
         std::ranges::equal(completed, std::span(flow.stages).first(completed.size()));
}

bool is_complete(const std::vector<std::string>& completed, const std::vector<Flow>& flows) {
  return std::ranges::any_of(flows, [&](const Flow& flow) { return flow.stages == completed; });
}

// The stages of a flow are completed in order.
bool may_come_next(const std::string& stage, const std::vector<std::string>& completed,
                   const std::vector<Flow>& flows) {
  return std::ranges::any_of(flows, [&](const Flow& flow) {
    return flow.stages.size() > completed.size() && flow.stages[completed.size()] == stage &&
           is_prefix(completed, flow);
  });
}

Error unauthorized(std::string message) {
  return {ErrorCode::Unauthenticated, "M_UNAUTHORIZED", std::move(message)};
}

}  // namespace

struct InteractiveAuthentication::State {
  Accounts& accounts;
  const Clock& clock;
  Random& random;
  Options options;
  MailIdentity* mail = nullptr;
  std::mutex mutex{};
  std::unordered_map<std::string, Progress> sessions{};
  std::deque<std::string> order{};

  std::string begin(const ProtectedOperation& operation) {
    std::string id = random.alphanumeric(kSessionCharacters);
    const std::scoped_lock lock(mutex);
    sessions[id] = {.endpoint = operation.endpoint,
                    .user = operation.user,
                    .authenticated = {},
                    .completed = {},
                    .expires = clock.now() + options.lifetime};
    order.push_back(id);
    if (order.size() > options.sessions_max) {
      sessions.erase(order.front());
      order.pop_front();
    }
    return id;
  }
  // Only for the same endpoint and user, and before it expires.
  std::optional<Progress> find(const std::string& id, const ProtectedOperation& operation) {
    const std::scoped_lock lock(mutex);
    const auto found = sessions.find(id);
    if (found == sessions.end()) return std::nullopt;
    const Progress& progress = found->second;
    if (clock.now() >= progress.expires) {
      sessions.erase(found);
      return std::nullopt;
    }
    if (progress.endpoint != operation.endpoint || progress.user != operation.user) return std::nullopt;
    return progress;
  }
  // False when somebody else used the session up meanwhile.
  bool store(const std::string& id, Progress progress) {
    const std::scoped_lock lock(mutex);
    const auto found = sessions.find(id);
    if (found == sessions.end()) return false;
    found->second = std::move(progress);
    return true;
  }
  bool use_up(const std::string& id) {
    const std::scoped_lock lock(mutex);
    return sessions.erase(id) > 0;
  }

  Task<Result<UserId>> try_stage(std::string stage, ProtectedOperation operation, const json::Object& auth) {
    if (stage == kDummyStage) co_return UserId();
    if (stage == kRegistrationTokenStage) {
      KURAMORI_CO_TRY(token, json::required_string(auth, "token"));
      if (!is_registration_token(token)) co_return unauthorized("The registration token is not valid.");
      co_return UserId();
    }
    if (stage == kMailStage && mail != nullptr) {
      auto proving = owner_of_address(std::move(operation), auth);
      auto owner = co_await std::move(proving);
      co_return owner;
    }
    if (stage != kPasswordStage) co_return unauthorized("This stage is not supported.");
    KURAMORI_CO_TRY(user, read_user_identifier(auth, accounts.server_name()));
    KURAMORI_CO_TRY(password, json::required_string(auth, "password"));
    // Asked of somebody, only that person can answer; the password is checked all the same, at the same cost.
    const auto verified = co_await accounts.verify_password(user, std::move(password), operation.from);
    if (!verified) co_return verified.error();
    if (!operation.user.empty() && operation.user != user) co_return forbidden("This is another user.");
    if (options.proofs != nullptr && operation.from.user == user)
      options.proofs->note(operation.from.session, clock.now());
    co_return user;
  }
  // client-server API, "Email-based (identity / homeserver)"; older clients write threepidCreds.
  Task<Result<UserId>> owner_of_address(ProtectedOperation operation, const json::Object& auth) {
    const json::Object* credentials = json::object_at(auth, "threepid_creds");
    if (credentials == nullptr) credentials = json::object_at(auth, "threepidCreds");
    if (credentials == nullptr) co_return missing_argument("threepid_creds");
    KURAMORI_CO_TRY(sid, json::required_string(*credentials, "sid"));
    KURAMORI_CO_TRY(secret, json::required_string(*credentials, "client_secret"));
    auto taking = mail->take_owner(std::move(sid), std::move(secret), operation.from);
    auto owner = co_await std::move(taking);
    if (!owner && owner.error().reason() == "M_THREEPID_AUTH_FAILED")
      co_return unauthorized(owner.error().message());
    if (owner && !operation.user.empty() && operation.user != *owner)
      co_return forbidden("This is another user.");
    co_return owner;
  }
  bool is_registration_token(std::string_view token) const {
    return !options.registration_token.empty() &&
           text::equals_constant_time(token, options.registration_token);
  }
  Challenge challenge(std::string id, const ProtectedOperation& operation, std::vector<std::string> completed,
                      std::optional<Error> failure) const {
    return {std::move(id), operation.flows, std::move(completed), std::move(failure)};
  }
};

json::Object Challenge::body() const {
  json::Object object;
  if (failure) {
    object["errcode"] = failure->reason();
    object["error"] = failure->message();
  }
  json::Array rendered;
  for (const Flow& flow : flows) {
    json::Array stages;
    for (const std::string& stage : flow.stages) stages.emplace_back(stage);
    json::Object one;
    one["stages"] = std::move(stages);
    rendered.emplace_back(std::move(one));
  }
  object["flows"] = std::move(rendered);
  object["params"] = json::Object();
  object["session"] = session;
  json::Array done;
  for (const std::string& stage : completed) done.emplace_back(stage);
  object["completed"] = std::move(done);
  return object;
}

InteractiveAuthentication::InteractiveAuthentication(Accounts& accounts, const Clock& clock, Random& random,
                                                     Options options)
    : state_(new State{accounts, clock, random, std::move(options)}) {}

void InteractiveAuthentication::provide(MailIdentity& mail) {
  state_->mail = &mail;
}
bool InteractiveAuthentication::takes_mail() const {
  return state_->mail != nullptr;
}

InteractiveAuthentication::~InteractiveAuthentication() = default;

bool InteractiveAuthentication::is_registration_token(std::string_view token) const {
  return state_->is_registration_token(token);
}

Task<std::variant<Authenticated, Challenge, Error>> InteractiveAuthentication::authenticate(
    ProtectedOperation operation, const json::Object* auth) {
  State& state = *state_;
  if (auth == nullptr) co_return state.challenge(state.begin(operation), operation, {}, {});
  const auto stage = json::optional_string(*auth, "type");
  if (!stage) co_return stage.error();
  const auto session = json::optional_string(*auth, "session");
  if (!session) co_return session.error();

  const std::string id = *session ? **session : state.begin(operation);
  auto progress = state.find(id, operation);
  if (!progress) {
    co_return state.challenge(
        state.begin(operation), operation, {},
        unauthorized("This authentication session has expired, or is for another request."));
  }
  const bool is_tried =
      *stage && std::ranges::find(progress->completed, **stage) == progress->completed.end();
  if (is_tried) {
    if (!may_come_next(**stage, progress->completed, operation.flows)) {
      co_return state.challenge(id, operation, progress->completed,
                                unauthorized("This stage cannot be completed now."));
    }
    const auto user = co_await state.try_stage(**stage, operation, *auth);
    if (!user) {
      const ErrorCode code = user.error().code();
      if (code != ErrorCode::Forbidden && code != ErrorCode::Unauthenticated) co_return user.error();
      co_return state.challenge(id, operation, progress->completed, user.error());
    }
    progress->completed.push_back(**stage);
    if (!user->empty()) progress->authenticated = *user;
    if (!state.store(id, *progress)) {
      co_return state.challenge(state.begin(operation), operation, {},
                                unauthorized("This authentication session has been used already."));
    }
  }
  if (!is_complete(progress->completed, operation.flows)) {
    co_return state.challenge(id, operation, progress->completed, {});
  }
  if (!state.use_up(id)) co_return unauthorized("This authentication session has been used already.");
  co_return Authenticated{progress->authenticated};
}

}  // namespace kuramori::identity
