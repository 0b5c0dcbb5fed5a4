#include "e2ee/key_rows.hpp"

#include <algorithm>

#include "e2ee/tables.hpp"
#include "identity/tables.hpp"

namespace kuramori::e2ee::detail {

using storage::Snapshot;
using storage::UnitOfWork;

namespace {

constexpr std::string_view kUsual = "signed_curve25519";

std::string name_of(const OneTimeKey& key) {
  return key.algorithm + ":" + key.key_id;
}

storage::Scan of_device(const storage::Table& table, const DeviceRef& device) {
  return {.table = &table, .prefix = {device.user.str(), device.device.str()}, .limit = kEveryRow};
}

Error key_exists(const OneTimeKey& key) {
  return invalid_argument("The one-time key " + name_of(key) + " exists already, and is another key.");
}

bool holds(const std::vector<KeySignature>& stored, const KeySignature& wanted) {
  return std::ranges::any_of(stored, [&](const KeySignature& one) {
    return one.key_id == wanted.key_id && one.signature == wanted.signature;
  });
}

}  // namespace

Result<KeyStock> read_stock(Snapshot& snapshot, const DeviceRef& device) {
  KeyStock stock;
  stock.counts[std::string(kUsual)] = 0;
  const auto count = [&stock](const storage::Row& row) {
    ++stock.counts[storage::text(row[one_time_key_column::Algorithm])];
    return true;
  };
  KURAMORI_CHECK(snapshot.for_each(of_device(kOneTimeKeys, device), count));
  KURAMORI_TRY(fallbacks, snapshot.scan(of_device(kFallbackKeys, device)));
  for (const storage::Row& row : fallbacks) {
    const std::string& algorithm = storage::text(row[fallback_key_column::Algorithm]);
    const std::string& key_id = storage::text(row[fallback_key_column::KeyId]);
    KURAMORI_TRY(
        used, snapshot.get(kUsedFallbackKeys, {device.user.str(), device.device.str(), algorithm, key_id}));
    if (!used) stock.unused_fallback_types.push_back(algorithm);
  }
  return stock;
}

Result<StoredKeys> read_stored_keys(Snapshot& snapshot, const DeviceRef& device, const KeyUpload& upload) {
  StoredKeys stored;
  const storage::Key place{device.user.str(), device.device.str()};
  KURAMORI_TRY(exists, snapshot.get(identity::kDevices, place));
  stored.device_exists = exists.has_value();
  KURAMORI_TRY(body, snapshot.get(kDeviceKeys, place));
  if (body) stored.body = storage::text((*body)[2]);
  const storage::Scan own_signatures{.table = &kKeySignatures,
                                     .prefix = {device.user.str(), device.device.str(), device.user.str()},
                                     .limit = kEveryRow};
  KURAMORI_TRY(signatures, snapshot.scan(own_signatures));
  for (const storage::Row& row : signatures)
    stored.signatures.push_back(
        {storage::text(row[signature_column::SignerKey]), storage::text(row[signature_column::Signature])});
  for (const OneTimeKey& key : upload.one_time_keys) {
    const storage::Scan by_id{.table = &kOneTimeKeys,
                              .index = &kOneTimeKeys.index("one_time_keys_by_id"),
                              .prefix = {device.user.str(), device.device.str(), key.algorithm, key.key_id},
                              .limit = 1};
    KURAMORI_TRY(rows, snapshot.scan(by_id));
    if (!rows.empty())
      stored.one_time_keys[name_of(key)] = storage::text(rows.front()[one_time_key_column::Body]);
  }
  KURAMORI_TRY(fallbacks, snapshot.scan(of_device(kFallbackKeys, device)));
  for (const storage::Row& row : fallbacks) {
    const std::string& algorithm = storage::text(row[fallback_key_column::Algorithm]);
    stored.fallback_names[algorithm] = storage::text(row[fallback_key_column::KeyId]);
    stored.fallback_bodies[algorithm] = storage::text(row[fallback_key_column::Body]);
  }
  KURAMORI_TRY(stock, read_stock(snapshot, device));
  stored.stock = std::move(stock);
  const storage::Scan cross{.table = &kCrossSigningKeys, .prefix = {device.user.str()}, .limit = kEveryRow};
  KURAMORI_TRY(keys, snapshot.scan(cross));
  for (const storage::Row& row : keys) {
    if (storage::text(row[cross_signing_column::PublicKey]) == device.device.view())
      stored.is_cross_signing_key = true;
  }
  return stored;
}

void add_signatures(UnitOfWork& work, const UserId& user, const std::string& key_id, const UserId& signer,
                    const std::vector<KeySignature>& signatures) {
  for (const KeySignature& one : signatures)
    work.upsert(kKeySignatures, {user.str(), key_id, signer.str(), one.key_id, one.signature});
}

namespace {

void add_device_keys(UnitOfWork& work, const DeviceRef& device, const DeviceKeysUpload& keys,
                     const StoredKeys& stored, UploadEffect& effect) {
  const storage::Key place{device.user.str(), device.device.str()};
  const bool is_new_body = stored.body != keys.keys.body;
  if (is_new_body) {
    work.upsert(kDeviceKeys, {device.user.str(), device.device.str(), keys.keys.body});
    work.erase(kKeySignatures, place);
    effect.list_changes = true;
  }
  // Keys signed by an identity that is no more are of no use to anybody.
  if (!stored.body.empty() && ed25519_of(stored.body, device.device) != keys.ed25519) {
    work.erase(kOneTimeKeys, place);
    work.erase(kFallbackKeys, place);
    work.erase(kUsedFallbackKeys, place);
    effect.counts.clear();
    effect.counts[std::string(kUsual)] = 0;
    effect.stock_changes = true;
  }
  for (const KeySignature& one : keys.keys.signatures) {
    if (!is_new_body && holds(stored.signatures, one)) continue;
    add_signatures(work, device.user, device.device.str(), device.user, {one});
    effect.list_changes = true;
  }
}

void add_fallback_key(UnitOfWork& work, const DeviceRef& device, const OneTimeKey& key,
                      const StoredKeys& stored, UploadEffect& effect) {
  const auto known = stored.fallback_names.find(key.algorithm);
  const bool is_known = known != stored.fallback_names.end() && known->second == key.key_id &&
                        is_same_key(stored.fallback_bodies.at(key.algorithm), key.body);
  if (is_known) return;
  work.erase(kUsedFallbackKeys, {device.user.str(), device.device.str(), key.algorithm});
  work.upsert(kFallbackKeys, {device.user.str(), device.device.str(), key.algorithm, key.key_id, key.body});
  effect.stock_changes = true;
}

}  // namespace

Result<UploadEffect> add_upload(UnitOfWork& work, const DeviceRef& device, const KeyUpload& upload,
                                const StoredKeys& stored) {
  UploadEffect effect;
  effect.counts = stored.stock.counts;
  if (upload.device_keys && stored.is_cross_signing_key)
    return forbidden("The device id is the public key of a cross-signing key.");
  if (upload.device_keys) add_device_keys(work, device, *upload.device_keys, stored, effect);
  const bool is_emptied = effect.stock_changes;
  static const StoredKeys kNothing;
  const StoredKeys& kept = is_emptied ? kNothing : stored;
  for (const OneTimeKey& key : upload.fallback_keys) add_fallback_key(work, device, key, kept, effect);
  for (const OneTimeKey& key : upload.one_time_keys) {
    const auto known = kept.one_time_keys.find(name_of(key));
    if (known != kept.one_time_keys.end()) {
      if (!is_same_key(known->second, key.body)) return key_exists(key);
      continue;
    }
    if (++effect.counts[key.algorithm] > DeviceKeys::kOneTimeKeysMax) {
      return Error(ErrorCode::TooLarge, "M_TOO_LARGE", "A device keeps at most 1000 one-time keys here.");
    }
    work.insert(kOneTimeKeys, {device.user.str(), device.device.str(), key.algorithm,
                               work.next(storage::Sequence::Stream), key.key_id, key.body});
    effect.stock_changes = true;
  }
  return effect;
}

void publish_stock(UnitOfWork& work, const DeviceRef& device) {
  auto changed = std::make_shared<identity::KeyStockChanged>();
  changed->devices.push_back(device);
  work.publish(work.next(storage::Sequence::Stream), std::move(changed));
}

}  // namespace kuramori::e2ee::detail
