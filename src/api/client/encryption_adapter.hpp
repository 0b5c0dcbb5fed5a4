// Sync's port of end-to-end encryption over `e2ee`: the two know nothing of each other.
#pragma once
#include "e2ee/encryption.hpp"
#include "sync/encryption_port.hpp"

namespace kuramori::api::client {

class EncryptionOfSync final : public sync::EncryptionPort {
 public:
  explicit EncryptionOfSync(e2ee::Encryption& encryption) : encryption_(encryption) {}

  runtime::Task<Result<sync::ToDeviceMessages>> to_device(const gate::Permit& permit,
                                                          identity::SessionPtr session, StreamPosition since,
                                                          StreamPosition up_to) override;
  runtime::Task<Result<sync::KeyStock>> key_stock(const gate::Permit& permit,
                                                  identity::SessionPtr session) override;
  runtime::Task<Result<sync::DeviceListChanges>> device_lists(const gate::Permit& permit,
                                                              identity::SessionPtr session,
                                                              StreamPosition since, StreamPosition up_to,
                                                              IsJoined is_joined) override;

 private:
  e2ee::Encryption& encryption_;
};

}  // namespace kuramori::api::client
