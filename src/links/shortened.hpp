// Asks shortening services where an address leads, without going there on anybody's behalf: redirects are
// followed a few times, never into the organisation's own networks, and no body is read. What was found is
// kept, bounded.
#pragma once
#include <list>
#include <mutex>
#include <stop_token>
#include <unordered_map>

#include "links/knowledge.hpp"
#include "net/http_client.hpp"
#include "runtime/task.hpp"

namespace kuramori::links {

// Thread-safe.
class ShortenedLinks final : public KnownTargets {
 public:
  static constexpr std::size_t kKnownMax = 20'000;
  static constexpr Milliseconds kKnownFor = std::chrono::hours(1);

  ShortenedLinks(net::HttpClient& client, const Clock& clock) : client_(client), clock_(clock) {}

  std::string target_of(const std::string& url) const override;
  // From memory, or by asking.
  runtime::Task<Result<std::string>> resolve(std::string url, std::stop_token stop);

 private:
  struct Known {
    std::string target;
    SteadyTime until;
    std::list<std::string>::iterator place;
  };
  void keep(const std::string& url, std::string target);

  net::HttpClient& client_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Known> known_;
  std::list<std::string> order_;  // oldest first
};

}  // namespace kuramori::links
