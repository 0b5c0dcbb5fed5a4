// Endpoints over `sync`: one function for each module of the specification, in a file of that name.
#pragma once
#include <functional>

#include "api/client/pipeline.hpp"
#include "rooms/reader.hpp"
#include "sync/account_data.hpp"
#include "sync/engine.hpp"
#include "sync/filters.hpp"
#include "sync/hub.hpp"
#include "sync/presence.hpp"
#include "sync/push_rules.hpp"
#include "sync/read_markers.hpp"
#include "sync/receipts.hpp"
#include "sync/sliding_engine.hpp"
#include "sync/tags.hpp"
#include "sync/typing.hpp"

namespace kuramori::api::client {

// A stretch (from, to] of the stream that was handed to a device.
struct Delivery {
  StreamPosition from;
  StreamPosition to;
};

// Lives as long as the router.
struct SyncServices {
  sync::Engine& engine;
  sync::SlidingEngine& sliding;
  sync::Hub& hub;
  sync::AccountData& account_data;
  sync::PushRules& push_rules;
  sync::Receipts& receipts;
  sync::Typing& typing;
  sync::Presence& presence;
  sync::Filters& filters;
  rooms::RoomReader& rooms;
  // Summarises deliveries for the record; may be empty in tests.
  std::function<void(const gate::Subject&, const Delivery&)> delivered;
};

void add_sync_routes(net::Router& router, Pipeline& pipeline, SyncServices& services);
void add_sliding_sync_routes(net::Router& router, Pipeline& pipeline, SyncServices& services);
void add_filter_routes(net::Router& router, Pipeline& pipeline, SyncServices& services);
void add_account_data_routes(net::Router& router, Pipeline& pipeline, SyncServices& services);
void add_tag_routes(net::Router& router, Pipeline& pipeline, SyncServices& services);
void add_receipt_routes(net::Router& router, Pipeline& pipeline, SyncServices& services);
void add_read_marker_routes(net::Router& router, Pipeline& pipeline, SyncServices& services);
void add_typing_routes(net::Router& router, Pipeline& pipeline, SyncServices& services);
void add_presence_routes(net::Router& router, Pipeline& pipeline, SyncServices& services);
void add_push_rule_routes(net::Router& router, Pipeline& pipeline, SyncServices& services);

// All of them.
void add_all_sync_routes(net::Router& router, Pipeline& pipeline, SyncServices& services);

}  // namespace kuramori::api::client
