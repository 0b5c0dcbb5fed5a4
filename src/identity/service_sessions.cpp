#include "identity/service_sessions.hpp"

#include "identity/tables.hpp"

namespace kuramori::identity {

runtime::Task<Result<SessionPtr>> act_for_service(Accounts& accounts, storage::Reader& reader,
                                                  ServiceActor actor) {
  auto finding = accounts.find(actor.user);
  const auto account = co_await std::move(finding);
  if (!account && account.error().code() != ErrorCode::NotFound) co_return account.error();
  if (!account || account->deactivated)
    co_return forbidden("The application service has not registered this user.");
  if (!actor.device.empty()) {
    auto query = [actor](storage::Snapshot& snapshot) {
      return snapshot.get(kDevices, {actor.user.str(), actor.device.str()});
    };
    auto looking = reader.read(std::move(query));
    const auto device = co_await std::move(looking);
    if (!device) co_return device.error();
    if (!*device)
      co_return Error(ErrorCode::InvalidArgument, "M_UNKNOWN_DEVICE", "The user has no such device.");
  }
  Session session{.id = service_session(actor.service),
                  .user = actor.user,
                  .device = actor.device,
                  .role = account->role,
                  .token_expires = {}};
  co_return SessionPtr(std::make_shared<const Session>(std::move(session)));
}

}  // namespace kuramori::identity
