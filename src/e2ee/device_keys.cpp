#include "e2ee/device_keys.hpp"

#include "e2ee/key_rows.hpp"
#include "e2ee/tables.hpp"
#include "identity/session_rows.hpp"
#include "identity/tables.hpp"

namespace kuramori::e2ee {

using gate::Operation;
using runtime::Task;
using storage::Snapshot;
using storage::UnitOfWork;

namespace {

// The keys of one person as they are stored.
struct PersonRows {
  UserId user;
  std::vector<storage::Row> devices;     // of kDevices, those that have keys
  std::vector<std::string> device_keys;  // their bodies
  std::vector<storage::Row> cross_signing;
  std::vector<storage::Row> signatures;
};

Result<std::vector<storage::Row>> rows_of(Snapshot& snapshot, const storage::Table& table,
                                          const UserId& user) {
  return snapshot.scan({.table = &table, .prefix = {user.str()}, .limit = kEveryRow});
}

Result<PersonRows> person_rows(Snapshot& snapshot, const UserQuery& query) {
  PersonRows person{
      .user = query.user, .devices = {}, .device_keys = {}, .cross_signing = {}, .signatures = {}};
  KURAMORI_TRY(keys, rows_of(snapshot, kDeviceKeys, query.user));
  for (storage::Row& row : keys) {
    const DeviceId device(storage::text(row[1]));
    if (!query.devices.empty() && std::ranges::find(query.devices, device) == query.devices.end()) continue;
    KURAMORI_TRY(known, snapshot.get(identity::kDevices, {query.user.str(), device.str()}));
    if (!known) continue;
    person.devices.push_back(*std::move(known));
    person.device_keys.push_back(storage::text(row[2]));
  }
  KURAMORI_TRY(cross, rows_of(snapshot, kCrossSigningKeys, query.user));
  person.cross_signing = std::move(cross);
  if (person.devices.empty() && person.cross_signing.empty()) return person;
  KURAMORI_TRY(signatures, rows_of(snapshot, kKeySignatures, query.user));
  person.signatures = std::move(signatures);
  return person;
}

void separate_members(std::string& out) {
  if (!out.empty() && out.back() != '{') out.push_back(',');
}

// The signatures over one key that the reader may see, as a member: those of the key's owner and the reader's
// own (client-server API, "Key and signature security").
void append_signatures(std::string& out, const PersonRows& person, const std::string& key_id,
                       const UserId& reader) {
  std::map<std::string_view, std::vector<const storage::Row*>> by_signer;
  for (const storage::Row& row : person.signatures) {
    if (storage::text(row[signature_column::KeyId]) != key_id) continue;
    const std::string& signer = storage::text(row[signature_column::Signer]);
    if (signer == person.user.view() || signer == reader.view()) by_signer[signer].push_back(&row);
  }
  out += "\"signatures\":{";
  for (const auto& [signer, rows] : by_signer) {
    separate_members(out);
    json::append_string(out, signer);
    out += ":{";
    for (const storage::Row* row : rows) {
      separate_members(out);
      json::append_string(out, storage::text((*row)[signature_column::SignerKey]));
      out.push_back(':');
      json::append_string(out, storage::text((*row)[signature_column::Signature]));
    }
    out.push_back('}');
  }
  out.push_back('}');
}

// `body` is a canonical object: its members go on behind.
void append_body(std::string& out, std::string_view body) {
  out += body.substr(0, body.size() - 1);
  separate_members(out);
}

Result<std::string> render_devices(const PersonRows& person, const UserId& reader,
                                   const std::optional<crypto::SecretKey>& key) {
  std::string out;
  for (std::size_t i = 0; i < person.devices.size(); ++i) {
    const std::string& device = storage::text(person.devices[i][identity::device_column::Device]);
    separate_members(out);
    json::append_string(out, device);
    out.push_back(':');
    append_body(out, person.device_keys[i]);
    append_signatures(out, person, device, reader);
    std::string name;
    if (key) {
      KURAMORI_TRY(opened, identity::open_display_name(*key, person.devices[i]));
      name = std::move(opened);
    }
    out += ",\"unsigned\":{";
    if (!name.empty()) {
      out += "\"device_display_name\":";
      json::append_string(out, name);
    }
    out += "}}";
  }
  return out;
}

void append_cross_signing(KeyAnswer& answer, const PersonRows& person, const UserId& reader) {
  for (const storage::Row& row : person.cross_signing) {
    const std::string& usage = storage::text(row[cross_signing_column::Usage]);
    std::string* out = nullptr;
    if (usage == to_string(Usage::Master)) out = &answer.master_keys;
    if (usage == to_string(Usage::SelfSigning)) out = &answer.self_signing_keys;
    if (usage == to_string(Usage::UserSigning) && reader == person.user) out = &answer.user_signing_keys;
    if (out == nullptr) continue;
    separate_members(*out);
    json::append_string(*out, person.user.view());
    out->push_back(':');
    append_body(*out, storage::text(row[cross_signing_column::Body]));
    append_signatures(*out, person, storage::text(row[cross_signing_column::PublicKey]), reader);
    out->push_back('}');
  }
}

}  // namespace

DeviceKeys::DeviceKeys(Ports ports, DeviceFacts& facts, DeviceLists& lists)
    : ports_(ports), facts_(facts), lists_(lists) {}

Task<Result<KeyCounts>> DeviceKeys::upload(gate::Permit permit, identity::SessionPtr session,
                                           KeyUpload upload) {
  permit.require(Operation::KeysUpload);
  const DeviceRef device{session->user, session->device};
  KURAMORI_CO_TRY(in_lane, co_await ports_.sessions.lane(device.user).enter());
  auto query = [&device, &upload](Snapshot& snapshot) {
    return detail::read_stored_keys(snapshot, device, upload);
  };
  KURAMORI_CO_TRY(stored, co_await ports_.reader.read(std::move(query)));
  if (!stored.device_exists)
    co_return Error(ErrorCode::Unauthenticated, "M_UNKNOWN_TOKEN", "This session has ended.");
  UnitOfWork work;
  KURAMORI_CO_TRY(effect, detail::add_upload(work, device, upload, stored));
  if (work.empty()) co_return effect.counts;
  if (effect.stock_changes) detail::publish_stock(work, device);
  if (effect.list_changes) {
    KURAMORI_CO_TRY(rooms, co_await lists_.encrypted_rooms(device.user));
    identity::publish_device_list(work, device.user, {}, *rooms);
  }
  gate::Outcome outcome{.detail = device.device.str()};
  outcome.personal["device_keys"] = effect.list_changes;
  outcome.personal["one_time_keys"] = effect.stock_changes;
  KURAMORI_CO_CHECK(co_await ports_.gate.commit(std::move(permit), std::move(work), std::move(outcome)));
  co_return effect.counts;
}

Task<Result<KeyAnswer>> DeviceKeys::query(const gate::Permit& permit, std::vector<UserQuery> users) {
  permit.require(Operation::KeysQuery);
  const UserId reader = permit.subject().user;
  auto query = [users = std::move(users)](Snapshot& snapshot) -> Result<std::vector<PersonRows>> {
    std::vector<PersonRows> people;
    for (const UserQuery& user : users) {
      KURAMORI_TRY(person, person_rows(snapshot, user));
      people.push_back(std::move(person));
    }
    return people;
  };
  KURAMORI_CO_TRY(people, co_await ports_.reader.read(std::move(query)));
  KeyAnswer answer;
  for (const PersonRows& person : people) {
    std::optional<crypto::SecretKey> key = ports_.keys.cached(crypto::KeyScope::Person, person.user.view());
    if (!key && !person.devices.empty()) {
      // Without the key (it was destroyed) the name stays hidden.
      auto read = co_await ports_.keys.get(crypto::KeyScope::Person, person.user.view());
      if (read) key = *std::move(read);
    }
    KURAMORI_CO_TRY(devices, render_devices(person, reader, key));
    if (!devices.empty()) {
      separate_members(answer.device_keys);
      json::append_string(answer.device_keys, person.user.view());
      answer.device_keys += ":{" + devices + "}";
    }
    append_cross_signing(answer, person, reader);
  }
  co_return answer;
}

Task<Result<KeyStock>> DeviceKeys::stock(const gate::Permit& permit, DeviceRef device) {
  permit.require(Operation::Sync);
  if (const auto known = facts_.stock(device)) {
    KeyStock stock;
    stock.counts["signed_curve25519"] = known->signed_keys;
    if (known->has_unused_fallback) stock.unused_fallback_types.emplace_back("signed_curve25519");
    co_return stock;
  }
  const auto version = facts_.begin(device);
  auto query = [device](Snapshot& snapshot) { return detail::read_stock(snapshot, device); };
  KURAMORI_CO_TRY(stock, co_await ports_.reader.read(std::move(query)));
  const bool has_others = stock.counts.size() > 1 ||
                          std::ranges::any_of(stock.unused_fallback_types, [](const std::string& type) {
                            return type != "signed_curve25519";
                          });
  if (!has_others) {
    facts_.learn_stock(device, version,
                       {.signed_keys = static_cast<std::uint32_t>(stock.counts.at("signed_curve25519")),
                        .has_unused_fallback = !stock.unused_fallback_types.empty()});
  }
  co_return stock;
}

}  // namespace kuramori::e2ee
