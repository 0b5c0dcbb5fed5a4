// The way through a page that checks again at the click: addresses of that page in the place of links, what
// they stand for, and who went through.
//
//   json::Object sent = clicks.rewrite(content, {.room = room, .sender = user});
//   auto visit = co_await clicks.open(std::move(permit), token, Warned::No, stop);
//   if (visit->passage == Passage::Passed) redirect_to(visit->link.url);
//
// A token is sealed under a key of the organisation: it cannot be guessed or changed, and holds the address
// and the message's room and sender. Nothing is stored before somebody opens it. Thread-safe.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "crypto/aead.hpp"
#include "crypto/short_hash.hpp"
#include "gate/gate.hpp"
#include "link_risk/extraction.hpp"
#include "links/shortened.hpp"
#include "storage/key_ring.hpp"

namespace kuramori::links {

struct MessagePlace {
  RoomId room = {};
  UserId sender = {};
};

// What became of a click: led on, asked first, or not led on at all.
enum class Passage : std::uint8_t { Passed, Warned, Blocked };
std::string_view to_string(Passage passage);
// The person has read the warning and goes on.
enum class Warned : bool { No, Yes };

struct Visit {
  link_risk::Link link;
  link_risk::LinkFinding finding;  // as of the click
  Passage passage = Passage::Blocked;
  std::string leads_to;  // of a shortened link; empty otherwise, and when its service did not answer
  MessagePlace place;
};

struct Opening {
  Timestamp when;
  UserId user = {};  // empty: nobody known
  std::string url = {};
  std::string verdict = {};
  std::string passage = {};
  MessagePlace place = {};
};

class ClickThrough {
 public:
  static constexpr std::string_view kPath = "/_kuramori/v1/links/";
  static constexpr std::size_t kTokenOctetsMax = 16'384;

  struct Ports {
    storage::Reader& reader;
    gate::Gate& gate;
    storage::KeyRing& keys;
    CurrentKnowledge& knowledge;
    ShortenedLinks& shortened;
    const Clock& clock;
    Random& random;
  };
  ClickThrough(Ports ports, const std::string& base_url);

  // Puts the page's address in the place of each link, but of those that the organisation allows.
  json::Object rewrite(const json::Object& content, const MessagePlace& place) const;
  // The links that a reader of the content can follow, with those of the page as what they stand for.
  std::vector<link_risk::Link> links_in(const json::Object& content) const;

  struct Target {
    link_risk::Link link;
    MessagePlace place;
  };
  // NotFound for what is no token of ours.
  Result<Target> read(std::string_view token) const;
  // LinkOpen. Judged now; recorded before this returns.
  runtime::Task<Result<Visit>> open(gate::Permit permit, std::string token, Warned warned,
                                    std::stop_token stop);
  // AdminLinksRead. Who opened a link below the host or domain, newest first.
  runtime::Task<Result<std::vector<Opening>>> openings(gate::Permit permit, std::string domain,
                                                       std::size_t limit);

  // The keyed hashes under which a link is found: its host and each domain above it, down to what was
  // registered.
  std::vector<std::int64_t> hashes_of(const link_risk::Host& host) const;
  std::int64_t hash_of(std::string_view host) const;

 private:
  std::string token_of(const link_risk::Link& link, const MessagePlace& place) const;

  const Ports ports_;
  const std::string prefix_;  // of the page's addresses
  const crypto::SecretKey key_;
  const crypto::ShortHash hash_;
};

}  // namespace kuramori::links
