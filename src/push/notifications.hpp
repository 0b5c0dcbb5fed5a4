// GET /notifications (client-server API, "Listing Notifications"): what a person was notified of, newest
// first, found by judging what the person may read by the person's rules.
#pragma once
#include <optional>
#include <string>

#include "gate/permit.hpp"
#include "identity/session.hpp"
#include "push/ports.hpp"
#include "rooms/reader.hpp"

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

class Notifications {
 public:
  static constexpr std::size_t kLimitMax = 100;

  Notifications(rooms::RoomReader& rooms, Readers& readers, const Clock& clock)
      : rooms_(rooms), readers_(readers), clock_(clock) {}
  // NotificationsRead, of the permit's subject.
  runtime::Task<Result<NotificationsPage>> list(const gate::Permit& permit, NotificationsRequest request);

 private:
  struct Found;
  struct Look;
  runtime::Task<Result<void>> look_into(const gate::Permit* permit, RoomId room, Look* look);
  runtime::Task<Result<std::string>> render(const gate::Permit* permit, const Found* found);

  rooms::RoomReader& rooms_;
  Readers& readers_;
  const Clock& clock_;
};

}  // namespace kuramori::push
