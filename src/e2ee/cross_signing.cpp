#include "e2ee/cross_signing.hpp"

#include <map>

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

struct StoredKey {
  std::string public_key;
  std::string body;
};
using StoredKeys = std::map<std::string, StoredKey, std::less<>>;  // by usage

Result<StoredKeys> read_keys(Snapshot& snapshot, const UserId& user) {
  const storage::Scan scan{.table = &kCrossSigningKeys, .prefix = {user.str()}, .limit = kEveryRow};
  KURAMORI_TRY(rows, snapshot.scan(scan));
  StoredKeys keys;
  for (const storage::Row& row : rows)
    keys[storage::text(row[cross_signing_column::Usage])] = {
        storage::text(row[cross_signing_column::PublicKey]), storage::text(row[cross_signing_column::Body])};
  return keys;
}

std::string public_key_of(const StoredKeys& keys, Usage usage) {
  const auto found = keys.find(to_string(usage));
  return found == keys.end() ? std::string() : found->second.public_key;
}

bool is_other(const StoredKeys& stored, const std::optional<CrossSigningKey>& key, Usage usage) {
  return key && key->public_key != public_key_of(stored, usage);
}

bool must_confirm(const StoredKeys& stored, const CrossSigningUpload& upload) {
  if (!stored.contains(to_string(Usage::Master))) return false;
  return is_other(stored, upload.master, Usage::Master) ||
         is_other(stored, upload.self_signing, Usage::SelfSigning) ||
         is_other(stored, upload.user_signing, Usage::UserSigning);
}

// What signing needs to know: the signer's keys, and the signed ones.
struct SigningRows {
  StoredKeys own;
  std::map<UserId, StoredKeys> owners;
  std::map<std::pair<UserId, std::string>, std::string> device_bodies;
};

Result<SigningRows> signing_rows(Snapshot& snapshot, const UserId& signer,
                                 const std::vector<SignedKey>& keys) {
  SigningRows rows;
  KURAMORI_TRY(own, read_keys(snapshot, signer));
  rows.own = std::move(own);
  const storage::Scan devices{.table = &kDeviceKeys, .prefix = {signer.str()}, .limit = kEveryRow};
  KURAMORI_TRY(device_keys, snapshot.scan(devices));
  for (const storage::Row& row : device_keys)
    rows.device_bodies[{signer, storage::text(row[1])}] = storage::text(row[2]);
  for (const SignedKey& key : keys) {
    if (rows.owners.contains(key.owner)) continue;
    KURAMORI_TRY(found, read_keys(snapshot, key.owner));
    rows.owners[key.owner] = std::move(found);
  }
  return rows;
}

Error no_such_key() {
  return not_found("There is no such key, or it may not be signed by this user.");
}

// The signatures of the object that this signer may make, each verified.
Result<std::vector<KeySignature>> accepted(const SigningRows& rows, const UserId& signer,
                                           const SignedKey& key) {
  const bool is_own = key.owner == signer;
  const StoredKeys& owner = rows.owners.at(key.owner);
  KURAMORI_TRY(body, body_of(key.object));
  KURAMORI_TRY(signatures, signatures_of(key.object, signer));
  if (signatures.empty()) return invalid_signature();
  const auto check = [&](const KeySignature& one, const std::string& public_key) {
    return check_signed_by_key(key.object, signer, one.key_id, public_key);
  };
  const auto device = rows.device_bodies.find({key.owner, key.key_id});
  if (is_own && device != rows.device_bodies.end()) {
    if (device->second != body)
      return invalid_argument("The signed device keys are not those of the device.");
    const std::string signing = public_key_of(rows.own, Usage::SelfSigning);
    for (const KeySignature& one : signatures) {
      if (signing.empty() || one.key_id != "ed25519:" + signing) {
        // Devices come with their own signature, too.
        if (one.key_id != "ed25519:" + key.key_id) return invalid_signature();
        KURAMORI_CHECK(check(one, ed25519_of(device->second, DeviceId(key.key_id))));
      } else {
        KURAMORI_CHECK(check(one, signing));
      }
    }
    return signatures;
  }
  const auto master = owner.find(to_string(Usage::Master));
  if (master == owner.end() || master->second.public_key != key.key_id) return no_such_key();
  if (master->second.body != body)
    return invalid_argument("The signed key is not the master key of its owner.");
  for (const KeySignature& one : signatures) {
    if (is_own) {
      if (one.key_id == "ed25519:" + key.key_id) {
        KURAMORI_CHECK(check(one, key.key_id));
        continue;
      }
      const DeviceId by(one.key_id.substr(std::min(one.key_id.size(), std::size_t{8})));
      const auto signing = rows.device_bodies.find({signer, by.str()});
      if (!one.key_id.starts_with("ed25519:") || signing == rows.device_bodies.end())
        return invalid_signature();
      KURAMORI_CHECK(check(one, ed25519_of(signing->second, by)));
    } else {
      const std::string signing = public_key_of(rows.own, Usage::UserSigning);
      if (signing.empty() || one.key_id != "ed25519:" + signing) return invalid_signature();
      KURAMORI_CHECK(check(one, signing));
    }
  }
  return signatures;
}

// Each key with the usage it is stored under, when the request has it.
struct Named {
  Usage usage;
  const CrossSigningKey* key;
};
std::vector<Named> named(const CrossSigningUpload& upload) {
  std::vector<Named> keys;
  if (upload.master) keys.push_back({Usage::Master, &*upload.master});
  if (upload.self_signing) keys.push_back({Usage::SelfSigning, &*upload.self_signing});
  if (upload.user_signing) keys.push_back({Usage::UserSigning, &*upload.user_signing});
  return keys;
}

Result<void> check_upload(const CrossSigningUpload& upload, const UserId& user, const std::string& master) {
  if (master.empty())
    return Error(ErrorCode::InvalidArgument, "M_MISSING_PARAM", "There is no master signing key.");
  for (const Named& one : named(upload)) {
    if (one.usage == Usage::Master) continue;
    KURAMORI_CHECK(check_signed_by(one.key->key.object, user, master));
  }
  return {};
}

}  // namespace

CrossSigning::CrossSigning(Ports ports, DeviceLists& lists) : ports_(ports), lists_(lists) {}

Task<Result<bool>> CrossSigning::needs_confirmation(const UserId& user, const CrossSigningUpload& upload) {
  auto query = [user](Snapshot& snapshot) { return read_keys(snapshot, user); };
  KURAMORI_CO_TRY(stored, co_await ports_.reader.read(std::move(query)));
  co_return must_confirm(stored, upload);
}

Task<Result<void>> CrossSigning::upload(gate::Permit permit, UserId user, CrossSigningUpload upload,
                                        Confirmed confirmed) {
  permit.require(Operation::CrossSigningSet);
  KURAMORI_CO_TRY(in_lane, co_await ports_.sessions.lane(user).enter());
  using Found = std::pair<StoredKeys, bool>;
  auto query = [user, &upload](Snapshot& snapshot) -> Result<Found> {
    KURAMORI_TRY(keys, read_keys(snapshot, user));
    bool is_device = false;
    for (const Named& one : named(upload)) {
      KURAMORI_TRY(device, snapshot.get(identity::kDevices, {user.str(), one.key->public_key}));
      is_device = is_device || device.has_value();
    }
    return Found(std::move(keys), is_device);
  };
  KURAMORI_CO_TRY(found, co_await ports_.reader.read(std::move(query)));
  const StoredKeys& stored = found.first;
  if (confirmed == Confirmed::No && must_confirm(stored, upload)) {
    co_return Error(ErrorCode::Unauthenticated, "M_FORBIDDEN",
                    "Other keys were uploaded meanwhile; try again.");
  }
  if (found.second) co_return forbidden("A key is the same as the id of a device.");
  const std::string master = upload.master ? upload.master->public_key : public_key_of(stored, Usage::Master);
  KURAMORI_CO_CHECK(check_upload(upload, user, master));

  UnitOfWork work;
  if (is_other(stored, upload.master, Usage::Master)) {
    // What the former master key vouched for goes with it.
    for (const auto& [usage, key] : stored) {
      work.erase(kCrossSigningKeys, {user.str(), usage});
      work.erase(kKeySignatures, {user.str(), key.public_key});
    }
  }
  json::Array changed;
  for (const Named& one : named(upload)) {
    const std::string usage(to_string(one.usage));
    const auto before = stored.find(usage);
    if (before != stored.end() && before->second.public_key != one.key->public_key)
      work.erase(kKeySignatures, {user.str(), before->second.public_key});
    if (before == stored.end() || before->second.body != one.key->key.body) changed.emplace_back(usage);
    work.upsert(kCrossSigningKeys, {user.str(), usage, one.key->public_key, one.key->key.body});
    detail::add_signatures(work, user, one.key->public_key, user, one.key->key.signatures);
  }
  if (changed.empty()) co_return Result<void>();  // the same once more
  KURAMORI_CO_TRY(rooms, co_await lists_.encrypted_rooms(user));
  identity::publish_device_list(work, user, {}, *rooms);
  gate::Outcome outcome{.detail = master};
  outcome.personal["keys"] = std::move(changed);
  KURAMORI_CO_CHECK(co_await ports_.gate.commit(std::move(permit), std::move(work), std::move(outcome)));
  co_return Result<void>();
}

Task<Result<std::vector<SignatureFailure>>> CrossSigning::sign(gate::Permit permit, UserId signer,
                                                               std::vector<SignedKey> keys) {
  permit.require(Operation::KeysSign);
  if (keys.size() > kSignedKeysMax)
    co_return Error(ErrorCode::TooLarge, "M_TOO_LARGE", "A request signs at most 5000 keys.");
  KURAMORI_CO_TRY(in_lane, co_await ports_.sessions.lane(signer).enter());
  auto query = [signer, &keys](Snapshot& snapshot) { return signing_rows(snapshot, signer, keys); };
  KURAMORI_CO_TRY(rows, co_await ports_.reader.read(std::move(query)));
  std::vector<SignatureFailure> failures;
  UnitOfWork work;
  bool is_own_list = false;
  auto others = std::make_shared<identity::KeysSigned>();
  others->signer = signer;
  for (const SignedKey& key : keys) {
    auto signatures = accepted(rows, signer, key);
    if (!signatures) {
      failures.push_back({key.owner, key.key_id, std::move(signatures).error()});
      continue;
    }
    detail::add_signatures(work, key.owner, key.key_id, signer, *signatures);
    if (key.owner == signer) {
      is_own_list = true;
    } else {
      others->owners.push_back(key.owner);
    }
  }
  if (work.empty()) co_return failures;
  if (is_own_list) {
    KURAMORI_CO_TRY(rooms, co_await lists_.encrypted_rooms(signer));
    identity::publish_device_list(work, signer, {}, *rooms);
  }
  if (!others->owners.empty()) {
    const storage::NextOf position = work.next(storage::Sequence::Stream);
    for (const UserId& owner : others->owners)
      work.upsert(kSignedUsers, {signer.str(), owner.str(), position});
    work.publish(position, std::move(others));
  }
  gate::Outcome outcome{.detail = std::to_string(keys.size() - failures.size()) + " keys"};
  KURAMORI_CO_CHECK(co_await ports_.gate.commit(std::move(permit), std::move(work), std::move(outcome)));
  co_return failures;
}

}  // namespace kuramori::e2ee
