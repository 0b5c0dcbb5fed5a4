// Account data, global and per room, tags among it (client-server API, modules account_data, tags). Sealed
// under the person's key.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gate/gate.hpp"
#include "json/json.hpp"
#include "runtime/task.hpp"
#include "storage/key_ring.hpp"
#include "storage/store.hpp"

namespace kuramori::sync {

struct AccountDataItem {
  RoomId room;  // empty: global
  std::string type;
  std::string content;  // JSON text of an object
  StreamPosition position;
};

class AccountData {
 public:
  AccountData(storage::Reader& reader, gate::Gate& gate, storage::KeyRing& keys, const Clock& clock,
              Random& random);
  ~AccountData();

  // Server-managed types (m.fully_read, m.push_rules) are refused with M_BAD_JSON 405 semantics by the
  // handler, not here.
  runtime::Task<Result<void>> set(gate::Permit permit, UserId user, RoomId room, std::string type,
                                  json::Object content);
  // Read, changed and written as one step: `change` gets the content as it is (empty when there is none) and
  // answers with the new one, or with nothing when it may stay.
  using Change = std::function<Result<std::optional<json::Object>>(json::Object)>;
  runtime::Task<Result<void>> change(gate::Permit permit, UserId user, RoomId room, std::string type,
                                     Change change);
  runtime::Task<Result<json::Object>> get(const gate::Permit& permit, UserId user, RoomId room,
                                          std::string type);
  // For the server's own use (push rules); nothing when there is none.
  runtime::Task<Result<std::optional<json::Object>>> find(UserId user, RoomId room, std::string type);
  // All items of one room up to `up_to`.
  runtime::Task<Result<std::vector<AccountDataItem>>> of_room(const gate::Permit& permit, UserId user,
                                                              RoomId room, StreamPosition up_to);
  // Every item that changed in (after, up_to], the latest content of each; after 0: all there is.
  runtime::Task<Result<std::vector<AccountDataItem>>> changes(const gate::Permit& permit, UserId user,
                                                              StreamPosition after, StreamPosition up_to);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::sync
