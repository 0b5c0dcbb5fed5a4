// What Sessions keeps, shared by its parts: sessions.cpp (authentication, memory), session_login.cpp (logins,
// refreshes, logouts), session_seen.cpp (last seen).
#pragma once
#include <deque>
#include <mutex>
#include <unordered_map>

#include "identity/last_seen.hpp"
#include "identity/session_cache.hpp"
#include "identity/session_rows.hpp"
#include "identity/sessions.hpp"
#include "identity/user_lanes.hpp"

namespace kuramori::identity {

// m.login.token: few, short-lived, in memory only.
class LoginTokens {
 public:
  void put(const TokenHash& hash, const UserId& user, Timestamp expires);
  std::optional<UserId> take(const TokenHash& hash, Timestamp now);

 private:
  static constexpr std::size_t kMax = 10'000;
  struct Entry {
    UserId user;
    Timestamp expires;
  };
  std::mutex mutex_;
  std::unordered_map<TokenHash, Entry, TokenHasher> entries_;
  std::deque<TokenHash> order_;
};

struct Sessions::State final : storage::StreamListener {
  State(storage::Reader& r, gate::Gate& g, storage::KeyRing& k, const Clock& c, Random& n, Options o)
      : reader(r),
        gate(g),
        keys(k),
        clock(c),
        random(n),
        options(std::move(o)),
        cache(options.cached_sessions_max) {}

  void committed(std::span<const Change> changes) override;
  bool has_expired(std::int64_t expires_ms) const { return expires_ms != 0 && clock.now_ms() >= expires_ms; }

  // The first use of a refreshed token revokes its predecessors. What cannot be committed now is tried again
  // at the next use.
  runtime::Task<Result<void>> supersede(LiveToken live);
  // Fresh tokens for the session, added to `work` as rows with this serial.
  IssuedTokens issue(storage::UnitOfWork& work, const Session& session, bool is_refreshable,
                     std::int64_t serial) const;

  storage::Reader& reader;
  gate::Gate& gate;
  storage::KeyRing& keys;
  const Clock& clock;
  Random& random;
  Options options;
  SessionCache cache;
  LastSeen seen;
  LoginTokens login_tokens;
  UserLanes lanes;
};

Error unknown_token();

}  // namespace kuramori::identity
