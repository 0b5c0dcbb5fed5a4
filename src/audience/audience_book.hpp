// The audience of each room that policy asked about lately. Follows the stream; thread-safe; an answer is a
// look under one lock.
#pragma once
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "audience/audience.hpp"
#include "rooms/room_event.hpp"
#include "storage/store.hpp"
#include "workforce/current_organisation.hpp"

namespace kuramori::audience {

struct BookOptions {
  ServerName server;
  std::size_t rooms_max = 20'000;
  // The server's own accounts, which send notices and carry bridges: they are nobody's audience.
  std::function<bool(std::string_view user)> is_of_the_house = {};
};

class AudienceBook final : public storage::StreamListener {
 public:
  AudienceBook(const workforce::CurrentOrganisation& organisation, BookOptions options)
      : organisation_(organisation), options_(std::move(options)) {}

  bool knows(std::string_view room) const;
  // Counts the room anew, from its committed state.
  void learn(const RoomId& room, const rooms::RoomStatePtr& state);

  // Nothing for a room that the book does not know.
  std::optional<governance::Destination> destination(std::string_view sender, std::string_view room) const;
  governance::Destination place_of(std::string_view user, std::string_view other) const;
  bool is_encrypted(std::string_view room) const;
  std::string_view label(std::string_view room) const;  // of the labels ever seen: stays valid

  void committed(std::span<const Change> changes) override;

 private:
  struct Entry {
    const void* state = nullptr;  // which state was counted: its identity, never looked into
    organisation::DirectoryPtr directory;
    Audience audience;
    bool is_encrypted = false;
    std::string_view label;
    std::list<std::string_view>::iterator place;  // in order_
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  const Entry* find(std::string_view room) const;
  bool is_counted(std::string_view user) const;
  std::string_view keep(std::string_view label);
  void read_settings(Entry& entry, const rooms::RoomState& state);
  void follow(const rooms::EventCommitted& change);
  void forget_oldest();

  const workforce::CurrentOrganisation& organisation_;
  BookOptions options_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry, TextHash, std::equal_to<>> entries_;
  std::list<std::string_view> order_;  // in the order of being learned
  std::list<std::string> labels_;
};

}  // namespace kuramori::audience
