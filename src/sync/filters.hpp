// Stored filters (client-server API, "Filtering"): immutable once created, cached parsed.
#pragma once
#include <memory>
#include <string>

#include "gate/gate.hpp"
#include "matrix/filter.hpp"
#include "runtime/task.hpp"
#include "storage/key_ring.hpp"
#include "storage/store.hpp"

namespace kuramori::sync {

class Filters {
 public:
  Filters(storage::Reader& reader, gate::Gate& gate, storage::KeyRing& keys, Random& random);
  ~Filters();

  // The same filter of the same user gets the same id. M_BAD_JSON for an invalid one.
  runtime::Task<Result<std::string>> create(gate::Permit permit, UserId user, json::Object filter);
  runtime::Task<Result<json::Object>> get(const gate::Permit& permit, UserId user, std::string id);
  // Parsed; `id_or_json` as in the `filter` query parameter of /sync. From memory mostly.
  runtime::Task<Result<std::shared_ptr<const matrix::Filter>>> resolve(UserId user, std::string id_or_json);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::sync
