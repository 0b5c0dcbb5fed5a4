// What of `unsigned` is one reader's alone.
#include "rooms/aggregations.hpp"

namespace kuramori::rooms {
namespace {

// The reader's membership at each event.
class Memberships {
 public:
  Memberships(matrix::Membership now, StreamPosition since) : now_(now), since_(since) {}
  explicit Memberships(HistoryJudge history) : history_(std::move(history)) {}
  std::string_view at(StreamPosition position) const {
    const auto found = history_ ? history_->membership_at(position) : now_;
    return found == matrix::Membership::None ? "leave" : matrix::to_string(found);
  }
  bool tells_all_after(StreamPosition first) const { return since_ <= first; }

 private:
  matrix::Membership now_ = matrix::Membership::None;
  StreamPosition since_;
  std::optional<HistoryJudge> history_;
};

Result<Memberships> memberships_of(const Aggregating& to, StreamPosition first) {
  KURAMORI_TRY(stored, stored_membership(to.snapshot, to.view.user, to.room));
  if (!stored) return Memberships(matrix::Membership::None, {});
  Memberships now(stored->membership, stored->position);
  if (now.tells_all_after(first)) return now;
  KURAMORI_TRY(changes, membership_changes(to.snapshot, to.secrets, to.room, to.view.user));
  return Memberships(HistoryJudge({}, std::move(changes)));
}

}  // namespace

Result<std::vector<std::string>> personal_parts(const Aggregating& to,
                                                const std::vector<RoomEventPtr>& events) {
  std::vector<std::string> parts;
  if (events.empty()) return parts;
  StreamPosition first = events.front()->position;
  for (const RoomEventPtr& event : events) first = std::min(first, event->position);
  KURAMORI_TRY(memberships, memberships_of(to, first));
  parts.reserve(events.size());
  for (const RoomEventPtr& event : events) {
    std::string part = "\"membership\":\"";
    part.append(memberships.at(event->position)).append("\"");
    KURAMORI_TRY(relations, bundled_relations(to, *event));
    if (!relations.empty()) part.append(",").append(relations);
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace kuramori::rooms
