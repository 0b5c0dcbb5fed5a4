// What the gate holds is kept until somebody has decided: the client hears that it need not send it again.
#pragma once
#include "api/client/pipeline.hpp"
#include "api/client/rooms_routes.hpp"
#include "approvals/approvals.hpp"

namespace kuramori::api::client {

// What the gate has just denied, at once after the pipeline answered. A refusal that is no hold, and a server
// without approvals, answer `denied`. Otherwise 403 ORG_KURAMORI_HELD with "org.kuramori.request"; what was
// delivered since answers as if it had just been done.
runtime::Task<net::Response> hold_or_refuse(const Call& call, RoomsServices& services, net::Response denied,
                                            std::optional<gate::Refusal> refusal, approvals::HeldAct act);

}  // namespace kuramori::api::client
