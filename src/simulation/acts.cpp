#include "simulation/acts.hpp"

#include <algorithm>

#include "matrix/room_version.hpp"
#include "rooms/stored_event.hpp"
#include "rooms/tables.hpp"

namespace kuramori::simulation {
namespace {

using governance::Effect;

// The outcome in the record is what followed; what the policy said stands behind it.
std::optional<Effect> effect_of_outcome(std::string_view outcome) {
  struct Word {
    std::string_view outcome;
    Effect effect;
  };
  static constexpr std::array kWords{
      Word{"allowed", Effect::Allow}, Word{"masked", Effect::Mask},    Word{"warned", Effect::Warn},
      Word{"asked", Effect::Warn},    Word{"confirmed", Effect::Warn}, Word{"held", Effect::Hold},
      Word{"approved", Effect::Hold}, Word{"refused", Effect::Refuse}, Word{"step_up", Effect::Allow}};
  const auto found = std::ranges::find(kWords, outcome, &Word::outcome);
  return found == kWords.end() ? std::nullopt : std::optional(found->effect);
}

// Files are judged where their content is read: what was said of one then is no act that could be tried anew.
bool is_by_policy(const audit::StoredEntry& entry) {
  return entry.kind != audit::EntryKind::Delivery && entry.kind != audit::EntryKind::System &&
         entry.operation != gate::to_string(gate::Operation::InspectionVerdict) &&
         !entry.rule.starts_with("role.") && entry.rule != "worm-brake";
}

bool is_event_with_content(gate::Operation operation) {
  return operation == gate::Operation::RoomSend || operation == gate::Operation::RoomSetState;
}

std::optional<Act> act_of(audit::OpenedEntry&& opened, LeftOut& left_out) {
  const auto operation = gate::parse_operation(opened.entry.operation);
  const auto effect = effect_of_outcome(opened.entry.outcome);
  if (!operation || !effect || !is_by_policy(opened.entry)) {
    ++left_out.not_by_policy;
    return std::nullopt;
  }
  if (opened.entry.subject == audit::kSystemSubject) {
    ++left_out.by_the_system;
    return std::nullopt;
  }
  if (opened.who.user.empty()) {
    ++left_out.by_unknown;
    return std::nullopt;
  }
  Act act{.index = opened.index,
          .time = opened.entry.time,
          .operation = *operation,
          .who = std::move(opened.who),
          .resource = gate::Resource::from_record(opened.entry.resource),
          .was = {*effect, std::move(opened.entry.rule)}};
  if (!is_event_with_content(*operation)) return act;
  if (opened.entry.detail.starts_with('$')) act.event = EventId(std::move(opened.entry.detail));
  act.lacks_content = true;
  return act;
}

// Without asking who may see it: the permit of the simulation covers that.
Result<void> read_content(storage::Snapshot& snapshot, storage::KeyRing& keys, Act& act) {
  if (act.event.empty()) return {};
  KURAMORI_TRY(row, rooms::find_event_row(snapshot, act.event));
  if (!row) return {};
  const std::string room(rooms::event_columns(*row).room);
  KURAMORI_TRY(room_row, snapshot.get(rooms::kRooms, {room}));
  if (!room_row) return {};
  const matrix::RoomVersion* version =
      matrix::find_room_version(storage::text((*room_row)[rooms::kRooms.column("version")]));
  if (version == nullptr) return {};
  auto key = keys.get_in(snapshot, crypto::KeyScope::Room, room);
  if (!key) return {};  // destroyed
  KURAMORI_TRY(stored, rooms::open_event(*row, *key, *version));
  if (stored.redacted_by) return {};
  act.content = stored.event->content();
  act.lacks_content = false;
  return {};
}

}  // namespace

Result<Batch> read_batch(storage::Snapshot& snapshot, storage::KeyRing& keys,
                         const audit::PersonDirectory& people, const audit::RecordSpan& span,
                         BatchBounds bounds, LeftOut& left_out) {
  Batch batch{.reached = span.from, .is_last = true};
  std::size_t looked_at = 0;
  const auto visit = [&](audit::OpenedEntry&& opened) {
    if (batch.acts.size() == bounds.acts || looked_at == bounds.looked_at_max) {
      batch.is_last = false;
      return false;
    }
    ++looked_at;
    batch.last = opened.index;
    batch.reached = opened.entry.time;
    if (auto act = act_of(std::move(opened), left_out)) batch.acts.push_back(*std::move(act));
    return true;
  };
  KURAMORI_CHECK(audit::for_each_opened(snapshot, people, span, visit));
  for (Act& act : batch.acts) KURAMORI_CHECK(read_content(snapshot, keys, act));
  return batch;
}

}  // namespace kuramori::simulation
