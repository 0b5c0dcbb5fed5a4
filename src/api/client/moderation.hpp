// What inviting, kicking, banning and unbanning have in common: somebody changes another person's membership.
#pragma once
#include "api/client/rooms_routes.hpp"

namespace kuramori::api::client {

using ChangeOfOther = runtime::Task<Result<void>> (rooms::RoomService::*)(gate::Permit,
                                                                          rooms::OtherMembership);

runtime::Task<net::Response> change_other(Call& call, Pipeline& pipeline, RoomsServices& services,
                                          gate::Operation operation, ChangeOfOther change);

}  // namespace kuramori::api::client
