#include "appservices/network_rooms.hpp"

#include "appservices/tables.hpp"

namespace kuramori::appservices {

runtime::Task<Result<void>> NetworkRooms::set(gate::Permit permit, std::string service, std::string network,
                                              RoomId room, Publish publish) {
  permit.require(gate::Operation::DirectorySet);
  storage::UnitOfWork work;
  if (publish == Publish::Yes) {
    work.upsert(kNetworkRooms, {network, room.str(), service});
  } else {
    work.erase(kNetworkRooms, {network, room.str()});
  }
  gate::Outcome outcome{.detail = network + " " + room.str()};
  auto committing = gate_.commit(std::move(permit), std::move(work), std::move(outcome));
  const auto receipt = co_await std::move(committing);
  if (!receipt) co_return receipt.error();
  co_return Result<void>();
}

runtime::Task<Result<std::vector<RoomId>>> NetworkRooms::of(const gate::Permit& permit, std::string network) {
  permit.require(gate::Operation::DirectoryRead);
  auto query = [network](storage::Snapshot& snapshot) -> Result<std::vector<RoomId>> {
    storage::Scan scan{.table = &kNetworkRooms};
    scan.prefix = {network};
    std::vector<RoomId> rooms;
    KURAMORI_CHECK(snapshot.for_each(scan, [&](storage::Row&& row) {
      rooms.emplace_back(storage::text(row[1]));
      return true;
    }));
    return rooms;
  };
  auto reading = reader_.read(std::move(query));
  auto rooms = co_await std::move(reading);
  co_return rooms;
}

}  // namespace kuramori::appservices
