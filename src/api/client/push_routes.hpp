// Endpoints of push notifications: pushers, and what a person was notified of.
#pragma once
#include "api/client/pipeline.hpp"
#include "people/contacts.hpp"
#include "push/notifications.hpp"
#include "push/service.hpp"

namespace kuramori::api::client {

// Lives as long as the router.
struct PushServices {
  push::Service& service;
  push::Notifications& notifications;
  people::Contacts& contacts;
};

void add_pusher_routes(net::Router& router, Pipeline& pipeline, PushServices& services);
void add_notification_routes(net::Router& router, Pipeline& pipeline, PushServices& services);

}  // namespace kuramori::api::client
