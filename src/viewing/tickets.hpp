// Tickets: with one, a browser that has no access token looks at one file for a short time, as the person and
// in the session that it was made for.
//
//   const std::string ticket = tickets.issue({.user = …, .session = …, .file = id});
//   if (auto found = tickets.find(ticket)) …
//
// In memory alone, bounded, as hashes. Thread-safe.
#pragma once
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "media/content_uri.hpp"

namespace kuramori::viewing {

struct Ticket {
  UserId user = {};
  DeviceId device = {};
  SessionId session = {};
  media::MediaId file = {};
};

class Tickets {
 public:
  static constexpr Milliseconds kLifetime = std::chrono::minutes(5);
  static constexpr std::size_t kTicketsMax = 20'000;  // beyond that the oldest end early
  static constexpr std::size_t kCharacters = 40;

  Tickets(const Clock& clock, Random& random) : clock_(clock), random_(random) {}

  std::string issue(Ticket ticket);
  // Nothing for one that is unknown or over.
  std::optional<Ticket> find(std::string_view secret);

 private:
  struct Kept {
    Ticket ticket;
    SteadyTime until;
  };
  void forget_old(SteadyTime now);

  const Clock& clock_;
  Random& random_;
  std::mutex mutex_;
  std::unordered_map<std::string, Kept> kept_;  // by the hash of the secret
  std::deque<std::string> by_age_;
};

}  // namespace kuramori::viewing
