// What employees ask leave for, decide on and may know: /_kuramori/v1/requests, /approvals, /delegations,
// /rooms/{room}/events/{event}/provenance and /label.
#pragma once
#include "api/resource/pipeline.hpp"
#include "approvals/approvals.hpp"
#include "provenance/history.hpp"
#include "provenance/relabelling.hpp"
#include "rooms/service.hpp"

namespace kuramori::api::work {

// Lives as long as the router.
struct ApprovalServices {
  approvals::Approvals& approvals;
};

// Lives as long as the router.
struct ProvenanceServices {
  provenance::History& history;
  rooms::RoomService& rooms;
};

// Lives as long as the router.
struct LabelServices {
  provenance::Relabelling& relabelling;
};

void add_request_routes(net::Router& router, resource::Pipeline& pipeline, ApprovalServices& services);
void add_decision_routes(net::Router& router, resource::Pipeline& pipeline, ApprovalServices& services);
void add_delegation_routes(net::Router& router, resource::Pipeline& pipeline, ApprovalServices& services);
void add_provenance_routes(net::Router& router, resource::Pipeline& pipeline, ProvenanceServices& services);
void add_label_routes(net::Router& router, resource::Pipeline& pipeline, LabelServices& services);

}  // namespace kuramori::api::work
