// GET /notifications (client-server API, "Listing Notifications"): what a person was notified of, newest
// first, found by judging what the person may read by the person's rules.
#pragma once
#include <optional>
#include <string>

#include "gate/permit.hpp"
#include "identity/session.hpp"
#include "push/ports.hpp"
#include "rooms/reader.hpp"
#include "storage/store.hpp"

namespace kuramori::push {

struct NotificationsRequest {
  StreamPosition below = {std::numeric_limits<std::int64_t>::max()};
  std::size_t limit = 20;
  bool only_highlights = false;
};

struct NotificationsPage {
  std::string notifications = {};           // JSON text of an array
  std::optional<StreamPosition> next = {};  // go on below it; nothing: that was all
};

// The rooms are walked together, newest event first, from the newest event of each below where the page
// begins: a page costs one look into an index for each room, and at most kEventsMax events that are judged. A
// page that found less within that says where to go on.
class Notifications {
 public:
  static constexpr std::size_t kLimitMax = 100;
  static constexpr std::size_t kEventsMax = 2'000;

  Notifications(storage::Reader& reader, rooms::RoomReader& rooms, Readers& readers, const Clock& clock)
      : reader_(reader), rooms_(rooms), readers_(readers), clock_(clock) {}
  // NotificationsRead, of the permit's subject.
  runtime::Task<Result<NotificationsPage>> list(const gate::Permit& permit, NotificationsRequest request);

 private:
  struct Found;
  struct Place;  // a room, and where to go on in it
  struct Walk;
  runtime::Task<Result<void>> begin(Walk* walk);
  runtime::Task<Result<void>> look_into(const gate::Permit* permit, Place place, Walk* walk);
  runtime::Task<Result<NotificationsPage>> page_of(const gate::Permit* permit, const Walk* walk);
  runtime::Task<Result<std::string>> render(const gate::Permit* permit, const Found* found);

  storage::Reader& reader_;
  rooms::RoomReader& rooms_;
  Readers& readers_;
  const Clock& clock_;
};

}  // namespace kuramori::push
