#include "app/notices_node.hpp"

#include "runtime/manual_executor.hpp"

namespace kuramori::app {

UserId HouseOfNotices::owner_of(const RoomId& room) {
  runtime::ManualExecutor executor(ports_.clock);
  const auto state = executor.run(ports_.rooms.current_state(room));
  const matrix::EventPtr create = state ? (*state)->find("m.room.create", "") : nullptr;
  return create == nullptr ? UserId() : create->sender();
}

std::vector<UserId> HouseOfNotices::officers() {
  runtime::ManualExecutor executor(ports_.clock);
  auto officers = executor.run(ports_.notices.security_officers());
  return officers ? *std::move(officers) : std::vector<UserId>();
}

bool HouseOfNotices::is_account(const UserId& person) {
  runtime::ManualExecutor executor(ports_.clock);
  const auto account = executor.run(ports_.accounts.find(person));
  return account && !account->deactivated;
}

bool MessengerOfNotices::tell(const UserId& person, const gate::Localised& text) {
  runtime::ManualExecutor executor(clock_);
  return executor.run(notices_.send(person, text)).has_value();
}

NoticesNode::NoticesNode(const Config& config, Environment environment, Organisation& organisation,
                         Ports ports)
    : house_({.organisation = organisation.workforce(),
              .rooms = ports.rooms,
              .accounts = ports.accounts,
              .notices = ports.notices,
              .clock = environment.clock}),
      messenger_(ports.notices, environment.clock),
      teller_({.house = house_,
               .messenger = messenger_,
               .clock = environment.clock,
               .metrics = environment.metrics,
               .log = environment.log},
              {.every = std::chrono::seconds(config.notices.every_s)}) {}

}  // namespace kuramori::app
