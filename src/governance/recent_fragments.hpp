// Values that are split over messages: "4111 1111", "1111 1111". Keeps for a short while the end of what each
// sender wrote in each room, and joins it with what he writes next, so that both are inspected together.
//
//   RecentFragments fragments;
//   std::string together = fragments.joined(sender, room, now, text);  // inspect this, too; empty: nothing
//   to join … when the message was accepted: fragments.remember(sender, room, now, text);
//
// Bounded in memory, no clock of its own: times are the caller's and may be of any origin. Not thread-safe:
// one for each shard of senders, or a lock around it. Holds plaintext in memory alone, for kWindow at most
// after the next call that looks at it; `forget_before` drops what is older.
#pragma once
#include <chrono>
#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace kuramori::governance {

class RecentFragments {
 public:
  using Time = std::chrono::milliseconds;
  static constexpr Time kWindow{60'000};
  // The same text again within this is the same message, asked about once more or sent again by a client.
  static constexpr Time kRepeatedWithin{1'000};
  static constexpr std::size_t kTailBytesMax = 240;  // of each sender and room
  static constexpr std::size_t kMessageBytesMax = 240;
  // Of messages before the last: in more pieces nobody types a number, and many small numbers make a large
  // one.
  static constexpr std::size_t kPiecesMax = 3;
  static constexpr std::size_t kConversationsMax = 10'000;

  explicit RecentFragments(std::size_t conversations_max = kConversationsMax)
      : conversations_max_(conversations_max) {}

  // What the sender wrote within the window, followed by the beginning of `text`; a line end between
  // messages. Empty when nothing is remembered.
  std::string joined(std::string_view sender, std::string_view room, Time now, std::string_view text);
  // So much of a message is joined.
  static std::string_view beginning(std::string_view text);
  void remember(std::string_view sender, std::string_view room, Time now, std::string_view text);
  // A refused value must not be refused again with everything that follows.
  void forget(std::string_view sender, std::string_view room);
  void forget_before(Time now);
  std::size_t conversations() const { return by_key_.size(); }

 private:
  struct Conversation {
    std::string key;
    std::string tail;  // messages separated by line ends
    Time last;
  };
  using Conversations = std::list<Conversation>;  // the one that was written to last at the end

  // What came before `text`, a beginning of the tail, when the last message may be `text` itself.
  static std::string_view tail_before(const Conversation& conversation, Time now, std::string_view text);
  Conversations::iterator find(std::string_view key, Time now);
  void erase(Conversations::iterator conversation);

  std::size_t conversations_max_;
  Conversations conversations_;
  std::unordered_map<std::string_view, Conversations::iterator> by_key_;  // the keys lie in the conversations
};

}  // namespace kuramori::governance
