// Rows of device keys, shared by uploads and dehydrated devices.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "e2ee/device_keys.hpp"
#include "storage/store.hpp"
#include "storage/unit_of_work.hpp"

namespace kuramori::e2ee::detail {

struct StoredKeys {
  bool device_exists = false;
  std::string body;                                   // of the device keys; empty: none
  std::vector<KeySignature> signatures;               // the person's own over them
  std::map<std::string, std::string> one_time_keys;   // of those asked for: "<algorithm>:<key_id>" → body
  std::map<std::string, std::string> fallback_names;  // algorithm → key id
  std::map<std::string, std::string> fallback_bodies;
  KeyStock stock;
  bool is_cross_signing_key = false;  // the device id is the public key of one
};
Result<StoredKeys> read_stored_keys(storage::Snapshot& snapshot, const DeviceRef& device,
                                    const KeyUpload& upload);
Result<KeyStock> read_stock(storage::Snapshot& snapshot, const DeviceRef& device);

struct UploadEffect {
  bool list_changes = false;   // others must fetch the keys
  bool stock_changes = false;  // one-time or fallback keys
  KeyCounts counts;            // afterwards
};
// Adds what the upload changes; publishes nothing.
Result<UploadEffect> add_upload(storage::UnitOfWork& work, const DeviceRef& device, const KeyUpload& upload,
                                const StoredKeys& stored);
void publish_stock(storage::UnitOfWork& work, const DeviceRef& device);
void add_signatures(storage::UnitOfWork& work, const UserId& user, const std::string& key_id,
                    const UserId& signer, const std::vector<KeySignature>& signatures);

}  // namespace kuramori::e2ee::detail
