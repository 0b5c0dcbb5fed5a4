// The pushers of all accounts. Sealed under the person's key; a keyed hash of app and pushkey finds one
// again. Thread-safe.
#pragma once
#include <mutex>
#include <set>
#include <vector>

#include "crypto/aead.hpp"
#include "gate/gate.hpp"
#include "identity/sessions.hpp"
#include "push/pusher.hpp"
#include "storage/key_ring.hpp"

namespace kuramori::push {

struct PusherRef {
  UserId user = {};
  DeviceId device = {};
  std::string key = {};
  friend auto operator<=>(const PusherRef&, const PusherRef&) = default;
  storage::Key row() const { return {user.str(), device.str(), key}; }
};

struct StoredPusher {
  PusherRef ref = {};
  Pusher pusher = {};
  std::int64_t created_ms = 0;
  StreamPosition since = {};
};

class Pushers {
 public:
  static constexpr std::size_t kPerAccountMax = 50;

  struct Ports {
    storage::Reader& reader;
    gate::Gate& gate;
    storage::KeyRing& keys;
    identity::Sessions& sessions;
    const Clock& clock;
    Random& random;
  };
  explicit Pushers(Ports ports);

  // PusherSet, for the permit's subject and device.
  runtime::Task<Result<void>> set(gate::Permit permit, PusherChange change);
  // PusherRead, of the permit's subject.
  runtime::Task<Result<std::vector<Pusher>>> list(const gate::Permit& permit);
  // DeviceRead about that user, by an administrator.
  runtime::Task<Result<std::vector<StoredPusher>>> list_of(const gate::Permit& permit, UserId user);
  // PusherSet by the server, AdminPusherRemove; `why` is for the record.
  runtime::Task<Result<void>> remove(gate::Permit permit, PusherRef ref, std::string_view why);

  // For the server's own use.
  runtime::Task<Result<std::vector<StoredPusher>>> of(UserId user);
  // Everybody who may have one; loaded by the first call of `load`.
  runtime::Task<Result<void>> load();
  std::vector<UserId> users() const;
  std::size_t user_count() const;
  bool may_have(const UserId& user) const;
  // The user had none when the look began that `mark` was taken before. Does nothing when a pusher may have
  // been set since.
  using Mark = std::uint64_t;
  Mark mark() const;
  void forget_user(const UserId& user, Mark mark);
  // The oldest position that a pusher is concerned with; nothing when there is no pusher.
  runtime::Task<Result<std::optional<StreamPosition>>> earliest();

 private:
  class Setting;
  std::string key_of(std::string_view app_id, std::string_view pushkey) const;

  const Ports ports_;
  const crypto::SecretKey key_;
  mutable std::mutex mutex_;
  std::set<UserId> users_;
  Mark changes_ = 0;         // beginnings and ends of sets
  std::size_t setting_ = 0;  // sets under way
};

}  // namespace kuramori::push
