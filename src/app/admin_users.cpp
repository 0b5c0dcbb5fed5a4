#include "app/admin_operations.hpp"
#include "app/media_node.hpp"
#include "base/text.hpp"

namespace kuramori::app {
namespace {

constexpr std::size_t kOneTimePasswordLength = 16;
constexpr std::int64_t kPageMax = 10'000;

Result<gate::Role> parse_role(std::string_view name) {
  const auto role = gate::parse_role(name);
  if (role && *role != gate::Role::System && *role != gate::Role::Guest) return *role;
  return invalid_argument(
      "The role must be member, administrator, security_officer, compliance_officer, "
      "department_administrator or "
      "auditor.");
}

json::Object to_json(const identity::Account& account) {
  json::Object object{{"user_id", account.user.view()},
                      {"role", gate::to_string(account.role)},
                      {"created", to_rfc3339(account.created)},
                      {"must_change_password", account.must_change_password}};
  if (account.deactivated) object["deactivated"] = to_rfc3339(*account.deactivated);
  return object;
}

}  // namespace

// user, role?, display_name?, password?: without one a one-time password is made and returned, once.
Result<json::Object> AdminOperations::user_add(const Call& call) {
  KURAMORI_TRY(user, user_argument(call));
  KURAMORI_TRY(role, parse_role(json::string_or(call.arguments, "role", "member")));
  KURAMORI_TRY(given, json::optional_string(call.arguments, "password"));
  KURAMORI_TRY(display_name, json::optional_string(call.arguments, "display_name"));
  const std::string password = given ? *given : node_.environment.random.alphanumeric(kOneTimePasswordLength);

  gate::Resource resource;
  resource.user = user;
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminUserAdd, resource));
  identity::NewAccount account{
      .localpart = user.str().substr(1, user.str().find(':') - 1),
      .password = password,
      .role = role,
      .must_change_password = given ? identity::MustChangePassword::No : identity::MustChangePassword::Yes};
  KURAMORI_TRY(created, wait(node_.accounts.create(std::move(permit), std::move(account))));
  if (display_name && !display_name->empty()) {
    Call named = call;
    KURAMORI_TRY(profile_permit, admit(named, gate::Operation::ProfileSet, resource));
    KURAMORI_CHECK(wait(node_.profiles.set(std::move(profile_permit), created.user, "displayname",
                                           json::Value(*display_name))));
  }
  json::Object result = to_json(created);
  if (!given) result["one_time_password"] = password;
  return result;
}

// after?, limit?
Result<json::Object> AdminOperations::user_list(const Call& call) {
  KURAMORI_TRY(after, json::optional_string(call.arguments, "after"));
  KURAMORI_TRY(limit, json::optional_integer(call.arguments, "limit"));
  if (limit && (*limit < 1 || *limit > kPageMax))
    return invalid_argument("The limit must lie between 1 and 10000.");
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminUserList));
  KURAMORI_TRY(accounts, wait(node_.accounts.list(permit, UserId(after.value_or("")),
                                                  static_cast<std::size_t>(limit.value_or(kPageMax)))));
  KURAMORI_CHECK(wait(node_.organisation.gate().record(std::move(permit), gate::Outcome{})));
  json::Array users;
  for (const identity::Account& account : accounts) users.emplace_back(to_json(account));
  return json::Object{{"users", std::move(users)}};
}

// user, password?
Result<json::Object> AdminOperations::user_set_password(const Call& call) {
  KURAMORI_TRY(user, user_argument(call));
  KURAMORI_TRY(given, json::optional_string(call.arguments, "password"));
  const std::string password = given ? *given : node_.environment.random.alphanumeric(kOneTimePasswordLength);
  gate::Resource resource;
  resource.user = user;
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminUserSetPassword, std::move(resource)));
  KURAMORI_CHECK(wait(
      node_.accounts.set_password(std::move(permit), user, password, identity::OtherSessions::End, nullptr)));
  json::Object result{{"user_id", user.view()}};
  if (!given) result["one_time_password"] = password;
  return result;
}

// user, erase?
Result<json::Object> AdminOperations::user_deactivate(const Call& call) {
  KURAMORI_TRY(user, user_argument(call));
  KURAMORI_TRY(erase, json::optional_bool(call.arguments, "erase"));
  gate::Resource resource;
  resource.user = user;
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminUserDeactivate, std::move(resource)));
  const auto erasure = erase.value_or(false) ? identity::Erasure::Yes : identity::Erasure::No;
  KURAMORI_CHECK(wait(node_.accounts.deactivate(std::move(permit), user, erasure)));
  wait(node_.account_follower.account_deactivated(call.subject, user));
  return json::Object{{"user_id", user.view()}};
}

// user, role
Result<json::Object> AdminOperations::user_set_role(const Call& call) {
  KURAMORI_TRY(user, user_argument(call));
  KURAMORI_TRY(name, json::required_string(call.arguments, "role"));
  KURAMORI_TRY(role, parse_role(name));
  gate::Resource resource;
  resource.user = user;
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminUserSetRole, std::move(resource)));
  KURAMORI_TRY(account, wait(node_.accounts.set_role(std::move(permit), user, role)));
  return to_json(account);
}

// user
Result<json::Object> AdminOperations::user_erase(const Call& call) {
  KURAMORI_TRY(user, user_argument(call));
  gate::Resource resource;
  resource.user = user;
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminUserErase, std::move(resource)));
  const Result<void> erased = wait(node_.accounts.erase(std::move(permit), user));
  // One that was broken off before the files had gone is brought to its end.
  const bool was_erased = !erased && erased.error().reason() == "M_ERASED";
  if (!erased && !was_erased) return erased.error();
  KURAMORI_TRY(media, files_());
  KURAMORI_TRY(removed, wait(media->library().remove_files_of(call.subject, user)));
  if (was_erased && removed == 0) return erased.error();
  return json::Object{{"user_id", user.view()}, {"files", static_cast<std::int64_t>(removed)}};
}

}  // namespace kuramori::app
