#include "api/client/encryption_adapter.hpp"

namespace kuramori::api::client {

using runtime::Task;

Task<Result<sync::ToDeviceMessages>> EncryptionOfSync::to_device(const gate::Permit& permit,
                                                                 identity::SessionPtr session,
                                                                 StreamPosition since, StreamPosition up_to) {
  auto batch = co_await encryption_.to_device.take(permit, std::move(session), since, up_to);
  if (!batch) co_return std::move(batch).error();
  co_return sync::ToDeviceMessages{.events = std::move(batch->events), .reached = batch->reached};
}

Task<Result<sync::KeyStock>> EncryptionOfSync::key_stock(const gate::Permit& permit,
                                                         identity::SessionPtr session) {
  e2ee::DeviceRef device{session->user, session->device};
  auto stock = co_await encryption_.device_keys.stock(permit, std::move(device));
  if (!stock) co_return std::move(stock).error();
  json::Object counts;
  for (const auto& [algorithm, count] : stock->counts) counts[algorithm] = count;
  json::Array unused;
  for (const std::string& type : stock->unused_fallback_types) unused.emplace_back(type);
  co_return sync::KeyStock{.one_time_key_counts = json::serialize(counts),
                           .unused_fallback_key_types = json::serialize(json::Value(std::move(unused)))};
}

Task<Result<sync::DeviceListChanges>> EncryptionOfSync::device_lists(const gate::Permit& permit,
                                                                     identity::SessionPtr session,
                                                                     StreamPosition since,
                                                                     StreamPosition up_to,
                                                                     IsJoined is_joined) {
  e2ee::DeviceLists::Query query{
      .reader = session->user, .since = since, .up_to = up_to, .is_joined = std::move(is_joined)};
  auto changes = co_await encryption_.lists.changes(permit, std::move(query));
  if (!changes) co_return std::move(changes).error();
  co_return sync::DeviceListChanges{.changed = std::move(changes->changed), .left = std::move(changes->left)};
}

}  // namespace kuramori::api::client
