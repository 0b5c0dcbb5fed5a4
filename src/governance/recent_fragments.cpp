#include "governance/recent_fragments.hpp"

#include <algorithm>

#include "governance/characters.hpp"

namespace kuramori::governance {

namespace {

std::string key_of(std::string_view sender, std::string_view room) {
  std::string key(sender);
  key.push_back('\n');  // in neither
  return key.append(room);
}

// Octets of UTF-8 from either end, never a part of a character.
std::string_view last_octets(std::string_view text, std::size_t octets_max) {
  if (text.size() <= octets_max) return text;
  text.remove_prefix(text.size() - octets_max);
  while (!text.empty() && is_continuation(text.front())) text.remove_prefix(1);
  return text;
}
std::string_view last_pieces(std::string_view tail) {
  std::size_t pieces = 0;
  for (std::size_t i = tail.size(); i > 0; --i) {
    if (tail[i - 1] == '\n' && ++pieces == RecentFragments::kPiecesMax) return tail.substr(i);
  }
  return tail;
}
std::string_view first_octets(std::string_view text, std::size_t octets_max) {
  if (text.size() <= octets_max) return text;
  while (octets_max > 0 && is_continuation(text[octets_max])) --octets_max;
  return text.substr(0, octets_max);
}

}  // namespace

RecentFragments::Conversations::iterator RecentFragments::find(std::string_view key, Time now) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return conversations_.end();
  const auto conversation = found->second;
  // A clock that was set back tells nothing about how long ago it was.
  if (now - conversation->last <= kWindow && now >= conversation->last) return conversation;
  erase(conversation);
  return conversations_.end();
}

void RecentFragments::erase(Conversations::iterator conversation) {
  by_key_.erase(conversation->key);
  conversations_.erase(conversation);
}

std::string_view RecentFragments::tail_before(const Conversation& conversation, Time now,
                                              std::string_view text) {
  std::string_view tail = conversation.tail;
  const std::string_view last = last_octets(text, kTailBytesMax);
  if (now - conversation.last >= kRepeatedWithin || !tail.ends_with(last)) return tail;
  tail.remove_suffix(last.size());
  if (tail.empty()) return tail;
  if (tail.back() != '\n') return conversation.tail;  // the end of a longer one
  tail.remove_suffix(1);
  return tail;
}

std::string_view RecentFragments::beginning(std::string_view text) {
  return first_octets(text, kMessageBytesMax);
}

std::string RecentFragments::joined(std::string_view sender, std::string_view room, Time now,
                                    std::string_view text) {
  const auto conversation = find(key_of(sender, room), now);
  if (conversation == conversations_.end()) return {};
  std::string together(tail_before(*conversation, now, text));
  if (together.empty()) return {};
  together.push_back('\n');
  return together.append(beginning(text));
}

void RecentFragments::remember(std::string_view sender, std::string_view room, Time now,
                               std::string_view text) {
  if (text.empty()) return;
  std::string key = key_of(sender, room);
  auto conversation = find(key, now);
  if (conversation == conversations_.end()) {
    forget_before(now);
    if (conversations_max_ == 0) return;
    while (by_key_.size() >= conversations_max_) erase(conversations_.begin());
    conversation = conversations_.insert(conversations_.end(), {std::move(key), {}, now});
    by_key_.emplace(conversation->key, conversation);
  } else {
    conversations_.splice(conversations_.end(), conversations_, conversation);
    conversation->tail.resize(tail_before(*conversation, now, text).size());
    if (!conversation->tail.empty()) conversation->tail.push_back('\n');
  }
  conversation->last = now;
  std::string& tail = conversation->tail;
  tail.append(last_octets(text, kTailBytesMax));
  tail.erase(0, tail.size() - last_pieces(last_octets(tail, kTailBytesMax)).size());
}

void RecentFragments::forget(std::string_view sender, std::string_view room) {
  if (const auto found = by_key_.find(key_of(sender, room)); found != by_key_.end()) erase(found->second);
}

void RecentFragments::forget_before(Time now) {
  while (!conversations_.empty() && now - conversations_.front().last > kWindow)
    erase(conversations_.begin());
}

}  // namespace kuramori::governance
