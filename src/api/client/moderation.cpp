#include "api/client/moderation.hpp"

#include "api/client/holding.hpp"
#include "api/client/room_parameters.hpp"

namespace kuramori::api::client {

runtime::Task<net::Response> change_other(Call& call, Pipeline& pipeline, RoomsServices& services,
                                          gate::Operation operation, ChangeOfOther change) {
  const RoomId room(call.parameter(0));
  auto user = read_user(call.body);
  if (!user) co_return failed(user.error());
  auto reason = read_reason(call.body);
  if (!reason) co_return failed(reason.error());
  auto admitted = co_await pipeline.admit(call, operation, resource_about(room, *user), &call.body);
  if (admitted.denied && operation == gate::Operation::RoomInvite) {
    auto refusal = std::move(admitted.held);
    approvals::HeldAct act{.kind = approvals::Kind::Invite,
                           .operation = operation,
                           .room = room,
                           .target = *user,
                           .content = std::move(call.body)};
    auto holding =
        hold_or_refuse(call, services, *std::move(admitted.denied), std::move(refusal), std::move(act));
    co_return co_await std::move(holding);
  }
  if (admitted.denied) co_return *std::move(admitted.denied);
  if (const auto& masked = admitted.permit->amended_content()) reason = read_reason(*masked);
  const std::string warning = admitted.permit->warning();
  rooms::OtherMembership request{.room = room, .user = *std::move(user), .reason = *std::move(reason)};
  const auto changed = co_await (services.rooms.*change)(*std::move(admitted.permit), std::move(request));
  if (!changed) co_return failed(changed.error());
  co_return answer({}, warning);
}

}  // namespace kuramori::api::client
