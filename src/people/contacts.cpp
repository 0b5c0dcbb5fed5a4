#include "people/contacts.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "crypto/base64.hpp"
#include "crypto/hash.hpp"
#include "crypto/key_tree.hpp"
#include "identity/personal.hpp"
#include "people/folded_name.hpp"
#include "people/tables.hpp"

namespace kuramori::people {
namespace {

constexpr std::size_t kAddressBytesMax = 254;  // RFC 5321
constexpr std::size_t kSecretBytesMax = 255;
constexpr std::size_t kTokenCharacters = 32;
constexpr std::size_t kExpiredAtOnce = 50;
constexpr std::size_t kContactsMax = 50;  // of one account

enum ContactColumn : std::uint8_t { kUser, kAddressKey, kSealed, kAdded };
enum ValidationColumn : std::uint8_t { kSid, kSealedValidation, kCreated };

Error auth_failed() {
  return {ErrorCode::InvalidArgument, "M_THREEPID_AUTH_FAILED", "The address has not been validated here."};
}
Error in_use() {
  return {ErrorCode::InvalidArgument, "M_THREEPID_IN_USE", "The address belongs to an account already."};
}
Error not_supported() {
  return {ErrorCode::InvalidArgument, "M_THREEPID_MEDIUM_NOT_SUPPORTED", "This server sends no mail."};
}

std::string place_of(std::string_view sid) {
  return "contact_validations|" + std::string(sid);
}

std::string hash_of(std::string_view text) {
  return text::to_hex(crypto::sha256(text));
}

struct Words {
  std::string_view language;
  std::string_view subject;
  std::string_view before;
  std::string_view after;
};
constexpr Words kResetWords[] = {
    {"en", "Set a new password", "Open this link to go on with a new password for your account at ",
     "If you did not ask for this, do nothing: your password stays as it is."},
    {"zh-Hans", "重设密码", "请打开以下链接，为您的账号继续重设密码：",
     "如非您本人操作，请忽略本邮件，密码不会改变。"},
    {"zh-Hant", "重設密碼", "請開啟以下連結，為您的帳戶繼續重設密碼：",
     "如非您本人操作，請忽略本郵件，密碼不會改變。"},
    {"ja", "パスワードの再設定", "次のリンクを開いて、アカウントのパスワードの再設定を続けてください：",
     "心当たりがない場合は、このメールを無視してください。パスワードは変わりません。"}};
constexpr Words kWords[] = {
    {"en", "Confirm your address", "Open this link to confirm this address for your account at ",
     "If you did not ask for this, do nothing."},
    {"zh-Hans", "请确认您的邮箱地址", "请打开以下链接，为您的账号确认此邮箱地址：",
     "如非您本人操作，请忽略本邮件。"},
    {"zh-Hant", "請確認您的電郵地址", "請開啟以下連結，為您的帳戶確認此電郵地址：",
     "如非您本人操作，請忽略本郵件。"},
    {"ja", "メールアドレスの確認", "次のリンクを開いて、アカウントのメールアドレスを確認してください：",
     "心当たりがない場合は、このメールを無視してください。"}};

}  // namespace

struct Contacts::Validation {
  Purpose purpose = Purpose::Add;
  std::string address = {};
  std::string token_hash = {};
  std::int64_t attempt = 0;
  std::int64_t created_ms = 0;
  std::int64_t validated_ms = 0;  // 0: not yet
};

Result<std::string> canonical_address(std::string_view address) {
  std::string folded = fold_name(text::trim(address));
  const std::size_t at = folded.rfind('@');
  const bool has_parts = at != std::string::npos && at > 0 && at + 1 < folded.size();
  const bool is_clean = std::ranges::all_of(folded, [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != '<' && c != '>' && c != ',' && c != ';' &&
           c != '\x7f';
  });
  if (!has_parts || !is_clean || folded.size() > kAddressBytesMax) {
    return invalid_argument("'email' is not an e-mail address.");
  }
  return folded;
}

Result<void> check_client_secret(std::string_view secret) {
  const bool is_clean = std::ranges::all_of(secret, [](char c) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return is_letter || (c >= '0' && c <= '9') || c == '.' || c == '=' || c == '_' || c == '-';
  });
  if (is_clean && !secret.empty() && secret.size() <= kSecretBytesMax) return {};
  return invalid_argument("'client_secret' must have 1 to 255 of the characters [0-9a-zA-Z.=_-].");
}

Contacts::Contacts(Ports ports, Options options)
    : ports_(ports),
      options_(std::move(options)),
      key_(crypto::derive_key(ports.keys.organisation_key(), "contacts")) {}

// The same secret and address are the same validation: nothing about the secret has to be stored.
std::string Contacts::sid_of(Purpose purpose, std::string_view client_secret,
                             std::string_view address) const {
  const std::string text = (purpose == Purpose::Add ? "sid\n" : "reset\n") + std::string(client_secret) +
                           "\n" + std::string(address);
  return crypto::to_base64_url(crypto::hmac_sha256(key_.view(), as_bytes(text)));
}

std::string Contacts::address_key(std::string_view address) const {
  const std::string text = "email\n" + std::string(address);
  return crypto::to_base64_url(crypto::hmac_sha256(key_.view(), as_bytes(text)));
}

storage::Row Contacts::row_of(const std::string& sid, const Validation& validation) const {
  json::Object plain;
  plain.emplace("address", validation.address);
  plain.emplace("token", validation.token_hash);
  plain.emplace("attempt", validation.attempt);
  plain.emplace("validated_ms", validation.validated_ms);
  if (validation.purpose == Purpose::ResetPassword) plain.emplace("resets_password", true);
  return {sid, crypto::seal(key_, as_bytes(json::serialize(plain)), as_bytes(place_of(sid)), ports_.random),
          validation.created_ms};
}

runtime::Task<Result<std::optional<Contacts::Validation>>> Contacts::find(std::string sid) {
  using Found = std::optional<Validation>;
  auto query = [sid](storage::Snapshot& snapshot) { return snapshot.get(kContactValidations, {sid}); };
  auto read = ports_.reader.read(std::move(query));
  KURAMORI_CO_TRY(row, co_await std::move(read));
  if (!row) co_return Found();
  const std::int64_t created = storage::integer((*row)[kCreated]);
  if (created + kValidationLifetime.count() <= ports_.clock.now_ms()) co_return Found();
  KURAMORI_CO_TRY(opened,
                  crypto::open(key_, storage::blob((*row)[kSealedValidation]), as_bytes(place_of(sid))));
  KURAMORI_CO_TRY(plain, json::parse_object(as_text(opened)));
  const Purpose purpose =
      json::bool_or(plain, "resets_password", false) ? Purpose::ResetPassword : Purpose::Add;
  co_return Found(Validation{.purpose = purpose,
                             .address = std::string(json::string_or(plain, "address", "")),
                             .token_hash = std::string(json::string_or(plain, "token", "")),
                             .attempt = json::integer_or(plain, "attempt", 0),
                             .created_ms = created,
                             .validated_ms = json::integer_or(plain, "validated_ms", 0)});
}

runtime::Task<Result<UserId>> Contacts::owner_of(std::string address) {
  auto query = [key = address_key(address)](storage::Snapshot& snapshot) {
    return snapshot.scan({.table = &kContacts,
                          .index = &kContacts.index("contacts_by_address"),
                          .prefix = {key},
                          .from = std::nullopt,
                          .below = std::nullopt,
                          .limit = 1});
  };
  auto read = ports_.reader.read(std::move(query));
  KURAMORI_CO_TRY(rows, co_await std::move(read));
  co_return rows.empty() ? UserId() : UserId(storage::text(rows.front()[kUser]));
}

Mail Contacts::mail_of(const std::string& sid, const ValidationRequest& request, const std::string& token,
                       std::string_view language) const {
  const bool resets = request.purpose == Purpose::ResetPassword;
  const std::span<const Words> all = resets ? std::span(kResetWords) : std::span(kWords);
  auto words = std::ranges::find(all, language, &Words::language);
  if (words == all.end()) words = all.begin();
  const std::string link = options_.base_url + "/_kuramori/v1/contacts/confirm?sid=" + sid +
                           "&client_secret=" + text::percent_encode(request.client_secret) +
                           "&token=" + token + (resets ? "&for=password" : "");
  std::string text(words->before);
  if (words->language == "en") text += options_.organisation + ":";
  text += "\n\n" + link + "\n\n" + std::string(words->after) + "\n";
  return {.to = request.address, .subject = std::string(words->subject), .text = std::move(text)};
}

runtime::Task<Result<std::string>> Contacts::begin(gate::Permit permit, ValidationRequest request) {
  permit.require(gate::Operation::ContactSet);
  if (ports_.mail == nullptr) co_return not_supported();
  KURAMORI_CO_CHECK(check_client_secret(request.client_secret));
  KURAMORI_CO_TRY(address, canonical_address(request.address));
  request.address = std::move(address);
  auto asking = owner_of(request.address);
  KURAMORI_CO_TRY(owner, co_await std::move(asking));
  const bool is_taken = !owner.empty();
  if (is_taken && request.purpose == Purpose::Add) co_return in_use();
  KURAMORI_CO_TRY(lane, co_await changing_.enter());
  std::string sid = sid_of(request.purpose, request.client_secret, request.address);
  auto looking = find(sid);
  KURAMORI_CO_TRY(earlier, co_await std::move(looking));
  if (earlier && request.attempt <= earlier->attempt) co_return sid;

  const std::string token = ports_.random.alphanumeric(kTokenCharacters);
  const std::string language = permit.subject().language;
  const Validation validation{.purpose = request.purpose,
                              .address = request.address,
                              .token_hash = hash_of(token),
                              .attempt = request.attempt,
                              .created_ms = ports_.clock.now_ms()};
  auto storing = store(std::move(permit), sid, validation);
  KURAMORI_CO_CHECK(co_await std::move(storing));
  if (!is_taken && request.purpose == Purpose::ResetPassword) co_return sid;
  auto sending = ports_.mail->send(mail_of(sid, request, token, language));
  const auto sent = co_await std::move(sending);
  if (!sent) co_return sent.error();
  co_return sid;
}

// What is over goes on the way.
runtime::Task<Result<void>> Contacts::store(gate::Permit permit, std::string sid,
                                            const Validation& validation) {
  auto expired = [oldest = validation.created_ms - kValidationLifetime.count()](storage::Snapshot& snapshot) {
    return snapshot.scan({.table = &kContactValidations,
                          .index = &kContactValidations.index("contact_validations_by_created"),
                          .prefix = {},
                          .from = std::nullopt,
                          .below = storage::Value(oldest),
                          .limit = kExpiredAtOnce});
  };
  auto read = ports_.reader.read(std::move(expired));
  KURAMORI_CO_TRY(over, co_await std::move(read));
  storage::UnitOfWork work;
  for (const storage::Row& row : over) work.erase(kContactValidations, {row[kSid]});
  work.upsert(kContactValidations, row_of(sid, validation));
  auto committing = ports_.gate.commit(std::move(permit), std::move(work), {.detail = "validation begun"});
  const auto receipt = co_await std::move(committing);
  if (!receipt) co_return receipt.error();
  co_return Result<void>();
}

runtime::Task<Result<void>> Contacts::validate(gate::Permit permit, ValidationId id, std::string token) {
  permit.require(gate::Operation::ContactSet);
  KURAMORI_CO_TRY(lane, co_await changing_.enter());
  auto looking = find(id.sid);
  KURAMORI_CO_TRY(found, co_await std::move(looking));
  const bool is_right = found && sid_of(found->purpose, id.client_secret, found->address) == id.sid &&
                        text::equals_constant_time(hash_of(token), found->token_hash);
  if (!is_right) co_return auth_failed();
  if (found->validated_ms != 0) co_return Result<void>();
  found->validated_ms = ports_.clock.now_ms();
  storage::UnitOfWork work;
  work.upsert(kContactValidations, row_of(id.sid, *found));
  auto committing = ports_.gate.commit(std::move(permit), std::move(work), {.detail = "validated"});
  const auto receipt = co_await std::move(committing);
  if (!receipt) co_return receipt.error();
  co_return Result<void>();
}

runtime::Task<Result<UserId>> Contacts::take_owner(gate::Permit permit, ValidationId id) {
  permit.require(gate::Operation::ContactSet);
  KURAMORI_CO_TRY(lane, co_await changing_.enter());
  auto looking = find(id.sid);
  KURAMORI_CO_TRY(found, co_await std::move(looking));
  const bool is_validated = found && found->purpose == Purpose::ResetPassword && found->validated_ms != 0 &&
                            sid_of(found->purpose, id.client_secret, found->address) == id.sid;
  if (!is_validated) co_return auth_failed();
  auto asking = owner_of(found->address);
  KURAMORI_CO_TRY(owner, co_await std::move(asking));
  if (owner.empty()) co_return auth_failed();
  storage::UnitOfWork work;
  work.erase(kContactValidations, {id.sid});
  auto committing = ports_.gate.commit(std::move(permit), std::move(work), {.detail = "validation used"});
  const auto receipt = co_await std::move(committing);
  if (!receipt) co_return receipt.error();
  co_return owner;
}

runtime::Task<Result<void>> Contacts::add(gate::Permit permit, ValidationId id) {
  permit.require(gate::Operation::ContactSet);
  const UserId user = permit.subject().user;
  KURAMORI_CO_TRY(lane, co_await changing_.enter());
  auto looking = find(id.sid);
  KURAMORI_CO_TRY(found, co_await std::move(looking));
  const bool is_validated = found && found->purpose == Purpose::Add && found->validated_ms != 0 &&
                            sid_of(found->purpose, id.client_secret, found->address) == id.sid;
  if (!is_validated) co_return auth_failed();
  auto opening = ports_.keys.get_or_create(crypto::KeyScope::Person, user.view());
  KURAMORI_CO_TRY(person, co_await std::move(opening));
  json::Object plain;
  plain.emplace("address", found->address);
  plain.emplace("validated_ms", found->validated_ms);
  const std::string key = address_key(found->address);
  const identity::Place place{.column = "contacts.sealed", .user = user.view(), .device = key};
  storage::UnitOfWork work;
  work.insert(kContacts,
              {user.str(), key, identity::seal_personal(person, place, json::serialize(plain), ports_.random),
               ports_.clock.now_ms()});
  work.erase(kContactValidations, {id.sid});
  auto committing = ports_.gate.commit(std::move(permit), std::move(work), {.detail = "contact added"});
  const auto receipt = co_await std::move(committing);
  if (receipt) co_return Result<void>();
  co_return receipt.error().code() == ErrorCode::Conflict ? in_use() : receipt.error();
}

runtime::Task<Result<std::vector<Contact>>> Contacts::list(const gate::Permit& permit) {
  permit.require(gate::Operation::ContactRead);
  const UserId user = permit.subject().user;
  auto query = [user](storage::Snapshot& snapshot) {
    return snapshot.scan({.table = &kContacts,
                          .index = nullptr,
                          .prefix = {user.str()},
                          .from = std::nullopt,
                          .below = std::nullopt,
                          .limit = kContactsMax});
  };
  auto read = ports_.reader.read(std::move(query));
  KURAMORI_CO_TRY(rows, co_await std::move(read));
  std::vector<Contact> contacts;
  if (rows.empty()) co_return contacts;
  auto opening = ports_.keys.get(crypto::KeyScope::Person, user.view());
  KURAMORI_CO_TRY(person, co_await std::move(opening));
  for (const storage::Row& row : rows) {
    const identity::Place place{
        .column = "contacts.sealed", .user = user.view(), .device = storage::text(row[kAddressKey])};
    KURAMORI_CO_TRY(text, identity::open_personal(person, place, storage::blob(row[kSealed])));
    KURAMORI_CO_TRY(plain, json::parse_object(text));
    contacts.push_back({.address = std::string(json::string_or(plain, "address", "")),
                        .validated = from_unix_ms(json::integer_or(plain, "validated_ms", 0)),
                        .added = from_unix_ms(storage::integer(row[kAdded]))});
  }
  co_return contacts;
}

runtime::Task<Result<void>> Contacts::remove_all(gate::Permit permit, UserId user) {
  permit.require(gate::Operation::ContactRemove);
  storage::UnitOfWork work;
  work.erase(kContacts, {user.str()});
  auto committing = ports_.gate.commit(std::move(permit), std::move(work), {.detail = "contacts removed"});
  const auto receipt = co_await std::move(committing);
  if (!receipt) co_return receipt.error();
  co_return Result<void>();
}

runtime::Task<Result<void>> Contacts::remove(gate::Permit permit, std::string address) {
  permit.require(gate::Operation::ContactRemove);
  KURAMORI_CO_TRY(canonical, canonical_address(address));
  storage::UnitOfWork work;
  work.erase(kContacts, {permit.subject().user.str(), address_key(canonical)});
  auto committing = ports_.gate.commit(std::move(permit), std::move(work), {.detail = "contact removed"});
  const auto receipt = co_await std::move(committing);
  if (!receipt) co_return receipt.error();
  co_return Result<void>();
}

}  // namespace kuramori::people
