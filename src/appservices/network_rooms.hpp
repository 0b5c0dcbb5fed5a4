// The rooms of a third-party network that its service has published (application-service API, "Published room
// directories").
#pragma once
#include <string>
#include <vector>

#include "base/identifiers.hpp"
#include "gate/gate.hpp"
#include "storage/store.hpp"

namespace kuramori::appservices {

enum class Publish : bool { No, Yes };

class NetworkRooms {
 public:
  NetworkRooms(storage::Reader& reader, gate::Gate& gate) : reader_(reader), gate_(gate) {}

  // DirectorySet, by the service (`service`) that speaks for the network.
  runtime::Task<Result<void>> set(gate::Permit permit, std::string service, std::string network, RoomId room,
                                  Publish publish);
  // DirectoryRead. In the order of room ids.
  runtime::Task<Result<std::vector<RoomId>>> of(const gate::Permit& permit, std::string network);

 private:
  storage::Reader& reader_;
  gate::Gate& gate_;
};

}  // namespace kuramori::appservices
