// Pushers of a person's devices. Neither pushkeys nor whole addresses of gateways are told: they are secrets.
#include "app/admin_operations.hpp"
#include "push/pushers.hpp"

namespace kuramori::app {
namespace {

push::Pushers pushers_of(Node& node) {
  return push::Pushers({.reader = node.organisation.store(),
                        .gate = node.organisation.gate(),
                        .keys = node.organisation.keys(),
                        .sessions = node.sessions,
                        .clock = node.environment.clock,
                        .random = node.environment.random});
}

// As people pass it on: a key may begin with '-', and would be taken for an option of the command line.
std::string id_of(const push::StoredPusher& stored) {
  return "pusher_" + stored.ref.key;
}

json::Object to_json(const push::StoredPusher& stored) {
  const push::Pusher& pusher = stored.pusher;
  json::Object object{{"id", id_of(stored)},
                      {"device_id", stored.ref.device.view()},
                      {"kind", pusher.kind == push::Pusher::Kind::Http ? "http" : "email"},
                      {"app_id", pusher.app_id},
                      {"app_display_name", pusher.app_display_name},
                      {"device_display_name", pusher.device_display_name},
                      {"created", to_rfc3339(from_unix_ms(stored.created_ms))}};
  if (pusher.kind == push::Pusher::Kind::Http) object["gateway"] = push::authority_of(pusher.url());
  return object;
}

}  // namespace

// user
Result<json::Object> AdminOperations::pusher_list(const Call& call) {
  KURAMORI_TRY(user, user_argument(call));
  KURAMORI_CHECK(wait(node_.accounts.find(user)));
  gate::Resource resource;
  resource.user = user;
  resource.name = "pushers";
  KURAMORI_TRY(permit, admit(call, gate::Operation::DeviceRead, std::move(resource)));
  push::Pushers pushers = pushers_of(node_);
  KURAMORI_TRY(stored, wait(pushers.list_of(permit, user)));
  KURAMORI_CHECK(wait(node_.organisation.gate().record(std::move(permit), gate::Outcome{})));
  json::Array list;
  for (const push::StoredPusher& one : stored) list.emplace_back(to_json(one));
  return json::Object{{"user_id", user.view()}, {"pushers", std::move(list)}};
}

// user, id (of pusher_list) or all: true. Nothing that waits for the pusher is sent any more.
Result<json::Object> AdminOperations::pusher_remove(const Call& call) {
  KURAMORI_TRY(user, user_argument(call));
  KURAMORI_TRY(id, json::optional_string(call.arguments, "id"));
  KURAMORI_TRY(all, json::optional_bool(call.arguments, "all"));
  const bool takes_all = all.value_or(false);
  if (takes_all == (id && !id->empty()))
    return invalid_argument("Name one pusher by its id (of the list), or all of them.");
  gate::Resource resource;
  resource.user = user;
  resource.name = "pushers";
  KURAMORI_TRY(reading, admit(call, gate::Operation::DeviceRead, resource));
  push::Pushers pushers = pushers_of(node_);
  KURAMORI_TRY(stored, wait(pushers.list_of(reading, user)));
  json::Array removed;
  for (const push::StoredPusher& one : stored) {
    if (!takes_all && id_of(one) != *id) continue;
    resource.name = one.ref.key;
    KURAMORI_TRY(permit, admit(call, gate::Operation::AdminPusherRemove, resource));
    KURAMORI_CHECK(wait(pushers.remove(std::move(permit), one.ref, "by an administrator")));
    removed.emplace_back(to_json(one));
  }
  if (removed.empty() && !takes_all)
    return not_found("The account has no pusher '" + *id + "'; 'kuramori user pushers list' shows them.");
  return json::Object{{"user_id", user.view()}, {"removed", std::move(removed)}};
}

}  // namespace kuramori::app
