#include "sync/read_markers.hpp"

namespace kuramori::sync {

runtime::Task<Result<void>> set_fully_read(Receipts& receipts, AccountData& account_data, gate::Permit permit,
                                           UserId user, RoomId room, EventId event) {
  permit.require(gate::Operation::RoomReadMarker);
  auto checked = co_await receipts.check(user, room, event);
  if (!checked) co_return std::move(checked).error();
  json::Object content;
  content["event_id"] = event.view();
  auto set = co_await account_data.set(std::move(permit), std::move(user), std::move(room), "m.fully_read",
                                       std::move(content));
  co_return set;
}

}  // namespace kuramori::sync
