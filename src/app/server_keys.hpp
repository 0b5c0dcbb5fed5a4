// The server's own signing keys: one for events, one for the record's checkpoints, one with which it signs as
// a policy server of rooms. Random, sealed under the organisation key.
#pragma once
#include "crypto/signing.hpp"
#include "storage/key_ring.hpp"
#include "storage/store.hpp"

namespace kuramori::app {

// server_keys(name | version, sealed, created_ms)
extern const storage::Table kServerKeys;

struct ServerKeys {
  crypto::SigningKey events;
  crypto::SigningKey record;
  crypto::SigningKey policy_server;  // always "ed25519:policy_server"
  bool created = false;              // made just now: the store is new
};

// Blocks; makes what is missing (durably).
Result<ServerKeys> open_server_keys(storage::Store& store, const storage::KeyRing& keys, const Clock& clock,
                                    Random& random);

}  // namespace kuramori::app
