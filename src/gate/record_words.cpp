#include "gate/record_words.hpp"

namespace kuramori::gate {

std::string_view outcome_of(Refusal::Kind kind) {
  switch (kind) {
    case Refusal::Kind::Confirm:
      return "asked";
    case Refusal::Kind::Hold:
      return "held";
    case Refusal::Kind::StepUp:
      return "step_up";
    case Refusal::Kind::Final:
      break;
  }
  return "refused";
}

audit::EntryKind kind_of(Operation operation) {
  switch (effect_of(operation)) {
    case Effect::Mutates:
    case Effect::Signals:
      return audit::EntryKind::Change;
    case Effect::Administers:
      return audit::EntryKind::Administration;
    case Effect::Discloses:
      break;
  }
  return operation == Operation::Sync ? audit::EntryKind::Delivery : audit::EntryKind::Read;
}

bool is_recorded_read(const Permit& permit) {
  const Operation operation = permit.operation();
  if (operation == Operation::MediaView) return true;
  if (operation != Operation::RoomRead && operation != Operation::AccountDataRead &&
      operation != Operation::DeviceRead) {
    return false;
  }
  if (permit.subject().role == Role::Auditor) return true;
  const UserId& owner = permit.resource().user;
  return permit.subject().role == Role::Administrator && !owner.empty() && owner != permit.subject().user;
}

}  // namespace kuramori::gate
