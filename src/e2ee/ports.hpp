// What the services of this module are made of.
#pragma once
#include "base/clock.hpp"
#include "base/random.hpp"
#include "gate/gate.hpp"
#include "identity/encryption_changes.hpp"
#include "identity/sessions.hpp"
#include "storage/key_ring.hpp"
#include "storage/store.hpp"

namespace kuramori::e2ee {

using identity::DeviceRef;

struct Ports {
  storage::Reader& reader;
  gate::Gate& gate;
  storage::KeyRing& keys;
  identity::Sessions& sessions;
  const Clock& clock;
  Random& random;
};

// One more permission for an act that must be tried again: the first went with the commit that met a
// conflict.
runtime::Task<Result<gate::Permit>> ask_again(gate::Gate& gate, gate::Action action);

}  // namespace kuramori::e2ee
