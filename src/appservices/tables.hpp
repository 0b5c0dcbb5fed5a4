// What application services store: how far each has received the stream, and the transaction that is under
// way.
#pragma once
#include <span>

#include "storage/schema.hpp"

namespace kuramori::appservices {

// appservice_deliveries(service_id | received, up_to, transaction_id, events). Received: the part of the
// stream that the service has answered for. While a transaction is under way, `transaction_id` names it,
// `events` lists the positions of its events (text, comma-separated) and `up_to` is where the stream stands
// after it; empty and 0 otherwise.
extern const storage::Table kDeliveries;
// appservice_rooms(network_id, room_id | service_id): the rooms of a network that its service has published.
extern const storage::Table kNetworkRooms;

namespace delivery_column {
enum : std::size_t { Service, Received, UpTo, Transaction, Events };
}

std::span<const storage::Table* const> tables();

}  // namespace kuramori::appservices
