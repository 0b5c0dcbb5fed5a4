#include "appservices/tables.hpp"

#include <array>

namespace kuramori::appservices {

using storage::ColumnType;

const storage::Table kDeliveries{.name = "appservice_deliveries",
                                 .columns = {{"service_id", ColumnType::Text},
                                             {"received", ColumnType::Integer},
                                             {"up_to", ColumnType::Integer},
                                             {"transaction_id", ColumnType::Text},
                                             {"events", ColumnType::Text}},
                                 .key_columns = 1,
                                 .indexes = {}};

const storage::Table kNetworkRooms{.name = "appservice_rooms",
                                   .columns = {{"network_id", ColumnType::Text},
                                               {"room_id", ColumnType::Text},
                                               {"service_id", ColumnType::Text}},
                                   .key_columns = 2,
                                   .indexes = {}};

std::span<const storage::Table* const> tables() {
  static constexpr std::array<const storage::Table*, 2> kAll{&kDeliveries, &kNetworkRooms};
  return kAll;
}

}  // namespace kuramori::appservices
