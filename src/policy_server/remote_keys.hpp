// Keys of other servers: fetched when a request names one that is not known, checked, and kept as long as
// they are valid.
//
//   auto key = co_await keys.key_of(ServerName("other.example"), "ed25519:k1");
//
// One fetch at a time for each server; a failure, and a key that a server does not have, are believed for a
// minute. Thread-safe.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "policy_server/key_document.hpp"
#include "policy_server/ports.hpp"
#include "policy_server/server_address.hpp"
#include "runtime/sequencer.hpp"

namespace kuramori::policy_server {

class RemoteKeys {
 public:
  struct Options {
    std::vector<std::string> own_networks =
        {};  // servers that may stand in the organisation's networks, by name
    std::size_t servers_max = 10'000;
    std::size_t fetches_max = 32;  // under way
    Milliseconds failure_counts = std::chrono::minutes(1);
    Milliseconds kept_max = std::chrono::days(7);
  };
  RemoteKeys(Web& web, const Clock& clock, Options options);

  // Unauthenticated: the server has no such key. Unavailable: its keys cannot be fetched.
  runtime::Task<Result<crypto::Ed25519PublicKey>> key_of(ServerName server, std::string key);

 private:
  struct Entry {
    runtime::Sequencer lane;
    std::mutex mutex;  // of what follows
    KeyDocument document = {};
    Timestamp expires{};
    std::optional<Timestamp> tried = {};
    std::optional<Error> failure = {};
  };
  std::shared_ptr<Entry> entry_of(const ServerName& server);
  // Nothing: ask the server.
  std::optional<Result<crypto::Ed25519PublicKey>> known(Entry& entry, const std::string& key) const;
  runtime::Task<Result<KeyDocument>> fetch(ServerName server);
  net::Reach reach_of(const ServerName& server) const;

  Web& web_;
  const Clock& clock_;
  const Options options_;
  std::mutex mutex_;
  std::unordered_map<ServerName, std::shared_ptr<Entry>> entries_;
  std::atomic<std::size_t> fetching_ = 0;
};

}  // namespace kuramori::policy_server
