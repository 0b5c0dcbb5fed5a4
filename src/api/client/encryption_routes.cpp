#include "api/client/encryption_routes.hpp"

namespace kuramori::api::client {

void add_all_encryption_routes(net::Router& router, Pipeline& pipeline, EncryptionServices& services) {
  add_keys_routes(router, pipeline, services);
  add_cross_signing_routes(router, pipeline, services);
  add_to_device_routes(router, pipeline, services);
  add_key_backup_routes(router, pipeline, services);
  add_dehydrated_device_routes(router, pipeline, services);
}

}  // namespace kuramori::api::client
