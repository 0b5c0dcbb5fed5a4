// Endpoints over `e2ee`: one function for each module of the specification, in a file of that name.
#pragma once
#include "api/client/pipeline.hpp"
#include "e2ee/encryption.hpp"
#include "identity/accounts.hpp"
#include "identity/interactive_authentication.hpp"
#include "sync/hub.hpp"

namespace kuramori::api::client {

// Lives as long as the router.
struct EncryptionServices {
  e2ee::Encryption& encryption;
  sync::Hub& hub;
  identity::Accounts& accounts;
  identity::InteractiveAuthentication& interactive_authentication;
};

void add_keys_routes(net::Router& router, Pipeline& pipeline, EncryptionServices& services);
void add_cross_signing_routes(net::Router& router, Pipeline& pipeline, EncryptionServices& services);
void add_to_device_routes(net::Router& router, Pipeline& pipeline, EncryptionServices& services);
void add_key_backup_routes(net::Router& router, Pipeline& pipeline, EncryptionServices& services);
void add_dehydrated_device_routes(net::Router& router, Pipeline& pipeline, EncryptionServices& services);

// All of them.
void add_all_encryption_routes(net::Router& router, Pipeline& pipeline, EncryptionServices& services);

// The parts of an upload of device keys (`device_keys`, `one_time_keys`, `fallback_keys`), of /keys/upload
// and of dehydrated devices.
Result<e2ee::KeyUpload> read_key_upload(const json::Object& body, const UserId& user, const DeviceId& device);

}  // namespace kuramori::api::client
