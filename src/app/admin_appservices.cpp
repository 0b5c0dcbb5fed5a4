#include "app/admin_operations.hpp"
#include "appservices/tables.hpp"

namespace kuramori::app {

// Who is registered, and how far each has received the stream: as written down, so that it can be asked with
// and without a server that runs. Tokens are not told.
Result<json::Object> AdminOperations::appservice_list(const Call& call) {
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminBridgeList));
  KURAMORI_CHECK(wait(node_.organisation.gate().record(std::move(permit), gate::Outcome{})));
  namespace column = appservices::delivery_column;
  const auto query = [](storage::Snapshot& snapshot) {
    return snapshot.scan({.table = &appservices::kDeliveries, .limit = appservices::kServicesMax * 10});
  };
  KURAMORI_TRY(rows, node_.organisation.store().read_blocking(query));
  const std::int64_t last = node_.organisation.store().last_position().value;
  json::Array list;
  for (const appservices::Registration& service : node_.services.all()) {
    json::Object entry{{"id", service.id},
                       {"user_id", service.sender.view()},
                       {"receives_events", !service.url.empty()},
                       {"rate_limited", service.rate_limited},
                       {"protocols", json::Array(service.protocols.begin(), service.protocols.end())}};
    for (const storage::Row& row : rows) {
      if (storage::text(row[column::Service]) != service.id) continue;
      const std::int64_t received = storage::integer(row[column::Received]);
      entry["received_position"] = received;
      entry["stream_position"] = last;
      entry["transaction_under_way"] = !storage::text(row[column::Transaction]).empty();
    }
    list.emplace_back(std::move(entry));
  }
  return json::Object{{"application_services", std::move(list)}};
}

}  // namespace kuramori::app
