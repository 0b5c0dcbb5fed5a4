// Which hosts, domains and paths the organisation blocks or allows, compiled for look-up.
//
//   LinkLists::Builder builder;
//   builder.add({.match = Match::Domain, .pattern = "evil.example", .source = "police list"});
//   std::shared_ptr<const LinkLists> lists = std::move(builder).build();
//   auto entry = lists->find(link, now);
//
// Immutable and thread-safe. An entry takes 24 octets, its slot in the table, and its text; a look-up costs
// one probe for each label of the host and each segment of the path, however many entries there are.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "link_risk/link.hpp"

namespace kuramori::link_risk {

enum class Match : std::uint8_t {
  Host,    // this host alone
  Domain,  // and everything below it
  Path,    // "host/path": this and everything below the path
};
enum class ListAction : std::uint8_t { Block, Allow };
std::string_view to_string(Match match);
std::string_view to_string(ListAction action);
std::optional<Match> match_named(std::string_view name);
std::optional<ListAction> list_action_named(std::string_view name);

struct ListEntry {
  Match match = Match::Domain;
  ListAction action = ListAction::Block;
  std::string pattern;  // canonical: as in Host::name, for Path with Link::path behind it
  std::string source = {};
  std::string reason = {};
  std::optional<Timestamp> expires = {};

  friend bool operator==(const ListEntry&, const ListEntry&) = default;
};

// Reads what a person or a file wrote ("*.evil.example", "https://evil.example/pay", "evil.example"). Without
// `match` it is told by the form: with a path, Path; with "*." or ".", Domain; otherwise `otherwise`.
struct EntryForm {
  std::optional<Match> match = {};
  Match otherwise = Match::Domain;
};
Result<ListEntry> read_entry(const HostReader& hosts, std::string_view written, EntryForm form);

class LinkLists {
 public:
  static constexpr std::size_t kEntriesMax = 4'000'000;
  static constexpr std::size_t kSegmentsMax = 32;  // of a path that is looked up

  class Builder {
   public:
    Builder();
    ~Builder();
    // False when there are kEntriesMax already.
    bool add(const ListEntry& entry);
    std::shared_ptr<const LinkLists> build() &&;

   private:
    std::uint16_t interned(const std::string& text);
    std::unique_ptr<LinkLists> lists_;
    std::unordered_map<std::string, std::uint16_t> words_;
  };

  // The most specific entry that is not expired: path before host before domain, and a longer domain before a
  // shorter one. Of two for the same, the one that blocks.
  std::optional<ListEntry> find(const Link& link, Timestamp now) const;
  std::size_t size() const { return entries_.size(); }
  std::size_t memory_octets() const;

 private:
  struct Entry {
    std::uint32_t offset;
    std::uint16_t length;
    std::uint16_t source;
    std::uint16_t reason;
    Match match;
    ListAction action;
    std::int64_t expires_ms;  // 0: never
  };
  static_assert(sizeof(Entry) == 24);

  LinkLists();
  std::string_view pattern(const Entry& entry) const;
  const Entry* find(Match match, std::string_view text, std::int64_t now_ms) const;
  ListEntry whole(const Entry& entry) const;

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> slots_;  // index + 1; 0: free. A power of two
  std::string patterns_;
  std::vector<std::string> words_;  // sources and reasons; the first is empty
};

}  // namespace kuramori::link_risk
