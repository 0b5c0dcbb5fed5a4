#include "link_risk/link_lists.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "base/text.hpp"

namespace kuramori::link_risk {
namespace {

constexpr std::size_t kPatternOctetsMax = 2048;

// Mixed so that what differs in one octet lies apart; who writes lists gains nothing from collisions but
// slowness, which the load of at most a half bounds in practice.
std::size_t hash_of(Match match, std::string_view text) {
  return std::hash<std::string_view>{}(text) ^
         ((static_cast<std::size_t>(match) + 1) * 0x9E37'79B9'7F4A'7C15ULL);
}

}  // namespace

std::string_view to_string(Match match) {
  switch (match) {
    case Match::Host:
      return "host";
    case Match::Domain:
      return "domain";
    case Match::Path:
      return "path";
  }
  return "";
}

std::string_view to_string(ListAction action) {
  return action == ListAction::Block ? "block" : "allow";
}

std::optional<Match> match_named(std::string_view name) {
  for (const Match match : {Match::Host, Match::Domain, Match::Path}) {
    if (name == to_string(match)) return match;
  }
  return std::nullopt;
}

std::optional<ListAction> list_action_named(std::string_view name) {
  if (name == "block") return ListAction::Block;
  if (name == "allow") return ListAction::Allow;
  return std::nullopt;
}

Result<ListEntry> read_entry(const HostReader& hosts, std::string_view written, EntryForm form) {
  written = text::trim(written);
  if (written.empty() || written.size() > kPatternOctetsMax) {
    return invalid_argument("An entry is a host, a domain or a link of at most 2048 octets.");
  }
  bool below = false;
  for (const std::string_view prefix : {"*.", ".", "||"}) {
    if (!written.starts_with(prefix)) continue;
    written.remove_prefix(prefix.size());
    below = true;
  }
  while (written.ends_with('^')) written.remove_suffix(1);
  const auto link = read_link(hosts, written);
  if (!link || link->has_user_information) return invalid_argument("This is no host, domain or link.");
  ListEntry entry;
  const bool has_path = link->path != "/";
  entry.match = form.match.value_or(has_path ? Match::Path : below ? Match::Domain : form.otherwise);
  if (entry.match == Match::Path && !has_path) return invalid_argument("A path is missing behind the host.");
  if (entry.match != Match::Path && has_path)
    return invalid_argument("Only entries of the kind path have a path.");
  if (link->host.kind == HostKind::Address && entry.match == Match::Domain) entry.match = Match::Host;
  const bool is_suffix =
      link->host.kind == HostKind::Name && hosts.suffixes().registrable_domain(link->host.name).empty();
  if (is_suffix && entry.match == Match::Domain) {
    return invalid_argument("Everything below a public suffix would be meant: " + link->host.name);
  }
  entry.pattern = link->host.name;
  if (entry.match == Match::Path) entry.pattern += link->path;
  return entry;
}

LinkLists::LinkLists() : words_{""} {}
LinkLists::Builder::Builder() : lists_(new LinkLists()) {}
LinkLists::Builder::~Builder() = default;

std::uint16_t LinkLists::Builder::interned(const std::string& text) {
  if (text.empty()) return 0;
  if (const auto found = words_.find(text); found != words_.end()) return found->second;
  if (lists_->words_.size() > std::numeric_limits<std::uint16_t>::max()) return 0;
  const auto index = static_cast<std::uint16_t>(lists_->words_.size());
  lists_->words_.push_back(text);
  words_.emplace(text, index);
  return index;
}

bool LinkLists::Builder::add(const ListEntry& entry) {
  const std::size_t offset = lists_->patterns_.size();
  const bool fits = lists_->entries_.size() < kEntriesMax && entry.pattern.size() <= kPatternOctetsMax &&
                    offset + entry.pattern.size() <= std::numeric_limits<std::uint32_t>::max();
  if (!fits) return false;
  lists_->patterns_ += entry.pattern;
  lists_->entries_.push_back(
      {.offset = static_cast<std::uint32_t>(offset),
       .length = static_cast<std::uint16_t>(entry.pattern.size()),
       .source = interned(entry.source),
       .reason = interned(entry.reason),
       .match = entry.match,
       .action = entry.action,
       .expires_ms = entry.expires ? std::max<std::int64_t>(1, to_unix_ms(*entry.expires)) : 0});
  return true;
}

std::shared_ptr<const LinkLists> LinkLists::Builder::build() && {
  LinkLists& lists = *lists_;
  lists.entries_.shrink_to_fit();
  lists.patterns_.shrink_to_fit();
  lists.slots_.assign(std::bit_ceil(2 * lists.entries_.size() + 1), 0);
  const std::size_t mask = lists.slots_.size() - 1;
  for (std::size_t i = 0; i < lists.entries_.size(); ++i) {
    const Entry& entry = lists.entries_[i];
    std::size_t slot = hash_of(entry.match, lists.pattern(entry)) & mask;
    while (lists.slots_[slot] != 0) slot = (slot + 1) & mask;
    lists.slots_[slot] = static_cast<std::uint32_t>(i + 1);
  }
  return std::move(lists_);
}

std::string_view LinkLists::pattern(const Entry& entry) const {
  return std::string_view(patterns_).substr(entry.offset, entry.length);
}

const LinkLists::Entry* LinkLists::find(Match match, std::string_view text, std::int64_t now_ms) const {
  const std::size_t mask = slots_.size() - 1;
  const Entry* found = nullptr;
  for (std::size_t slot = hash_of(match, text) & mask; slots_[slot] != 0; slot = (slot + 1) & mask) {
    const Entry& entry = entries_[slots_[slot] - 1];
    if (entry.match != match || pattern(entry) != text) continue;
    if (entry.expires_ms != 0 && entry.expires_ms <= now_ms) continue;
    if (entry.action == ListAction::Block) return &entry;
    found = &entry;
  }
  return found;
}

ListEntry LinkLists::whole(const Entry& entry) const {
  return {.match = entry.match,
          .action = entry.action,
          .pattern = std::string(pattern(entry)),
          .source = words_[entry.source],
          .reason = words_[entry.reason],
          .expires = entry.expires_ms == 0 ? std::nullopt : std::optional(from_unix_ms(entry.expires_ms))};
}

std::optional<ListEntry> LinkLists::find(const Link& link, Timestamp now) const {
  if (entries_.empty()) return std::nullopt;
  const std::int64_t now_ms = to_unix_ms(now);
  // The whole of it first, then without its query, then segment by segment.
  std::string text = link.host.name + link.path;
  for (std::size_t depth = 0; depth < kSegmentsMax && text.size() > link.host.name.size(); ++depth) {
    if (const Entry* entry = find(Match::Path, text, now_ms)) return whole(*entry);
    const std::size_t query = text.find('?', link.host.name.size());
    if (query != std::string::npos) {
      text.resize(query);
    } else if (text.ends_with('/')) {
      text.pop_back();
    } else {
      text.resize(text.rfind('/') + 1);
    }
  }
  const std::string_view host = link.host.name;
  if (const Entry* entry = find(Match::Host, host, now_ms)) return whole(*entry);
  if (link.host.kind == HostKind::Address) return std::nullopt;
  for (std::string_view domain = host; !domain.empty();) {
    if (const Entry* entry = find(Match::Domain, domain, now_ms)) return whole(*entry);
    const std::size_t dot = domain.find('.');
    if (dot == std::string_view::npos) break;
    domain.remove_prefix(dot + 1);
  }
  return std::nullopt;
}

std::size_t LinkLists::memory_octets() const {
  std::size_t octets =
      entries_.capacity() * sizeof(Entry) + slots_.capacity() * sizeof(std::uint32_t) + patterns_.capacity();
  for (const std::string& word : words_) octets += sizeof(std::string) + word.capacity();
  return octets;
}

}  // namespace kuramori::link_risk
