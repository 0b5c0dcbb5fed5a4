#include "app/appservices_node.hpp"

#include <algorithm>

#include "identity/service_sessions.hpp"
#include "matrix/identifiers.hpp"
#include "runtime/manual_executor.hpp"
#include "sync/changes.hpp"

namespace kuramori::app {

using appservices::Registration;
using runtime::Task;

namespace {

audit::Who who(const gate::Subject& subject) {
  return {.user = subject.user,
          .device = subject.device,
          .session = subject.session,
          .address = subject.address,
          .user_agent = subject.user_agent};
}

std::optional<std::string> presence_of(Node& node, const UserId& user) {
  const auto known = node.presence.known(user);
  if (!known) return std::nullopt;
  return sync::render_presence(*known, node.environment.clock.now_ms());
}

std::optional<appservices::Notice> notice_of(const storage::StreamListener::Change& change) {
  const storage::ChangePayload* payload = change.payload.get();
  if (const auto* typing = dynamic_cast<const sync::TypingChanged*>(payload)) {
    return appservices::Notice{
        .position = change.position,
        .what = appservices::TypingNotice{.room = typing->room, .users = typing->typing}};
  }
  if (const auto* moved = dynamic_cast<const sync::ReceiptChanged*>(payload)) {
    const sync::Receipt& receipt = moved->receipt;
    return appservices::Notice{.position = change.position,
                               .what = appservices::ReceiptNotice{.room = moved->room,
                                                                  .user = receipt.user,
                                                                  .event = receipt.event,
                                                                  .type = receipt.type,
                                                                  .thread = receipt.thread,
                                                                  .ts = receipt.ts}};
  }
  if (const auto* presence = dynamic_cast<const sync::PresenceChanged*>(payload)) {
    return appservices::Notice{.position = change.position,
                               .what = appservices::PresenceNotice{.user = presence->user}};
  }
  return std::nullopt;
}

}  // namespace

void NoticesForServices::committed(std::span<const Change> changes) {
  std::vector<appservices::Notice> notices;
  for (const Change& change : changes) {
    if (auto notice = notice_of(change)) notices.push_back(*std::move(notice));
  }
  delivery_.note(notices);
}

Task<Result<net::IncomingResponse>> AppservicesNode::Client::send(net::OutgoingRequest request,
                                                                  std::stop_token stop) {
  return client_.send(std::move(request), net::Reach::Configured, std::move(stop));
}

AppservicesNode::AppservicesNode(Environment e, Node& node)
    : node_(node),
      services_(node.services),
      client_(node.outgoing),
      questions_(services_,
                 {.gate = node.organisation.gate(), .http = client_, .clock = e.clock, .metrics = e.metrics}),
      network_rooms_(node.organisation.store(), node.organisation.gate()),
      delivery_(services_,
                {.store = node.organisation.store(),
                 .gate = node.organisation.gate(),
                 .rooms = node.rooms,
                 .http = client_,
                 .clock = e.clock,
                 .random = e.random,
                 .metrics = e.metrics,
                 .log = e.log,
                 .delivered = [&node](const gate::Subject& to, StreamPosition from,
                                      StreamPosition up_to) { node.deliveries.note(who(to), from, up_to); },
                 .presence = [&node](const UserId& user) { return presence_of(node, user); }},
                {}),
      notices_(delivery_) {
  node.organisation.store().add_listener(delivery_);
  if (delivery_.wants_notices()) node.organisation.store().add_listener(notices_);
}

Result<void> AppservicesNode::make_senders() {
  runtime::ManualExecutor executor(node_.environment.clock);
  for (const Registration& service : services_.all()) {
    const auto known = executor.run(node_.accounts.find(service.sender));
    if (known) continue;
    if (known.error().code() != ErrorCode::NotFound) return known.error();
    gate::Subject subject = gate::Subject::system();
    subject.session = identity::service_session(service.id);
    gate::Resource resource;
    resource.user = service.sender;
    gate::Action action{.subject = std::move(subject),
                        .operation = gate::Operation::AccountRegister,
                        .resource = std::move(resource)};
    gate::Admission admission = executor.run(node_.organisation.gate().admit(std::move(action)));
    auto* permit = std::get_if<gate::Permit>(&admission);
    if (permit == nullptr)
      return forbidden("The policy does not let the server make the user of the application service '" +
                       service.id + "'.");
    identity::NewAccount account;
    account.localpart = matrix::localpart(service.sender);
    auto made = executor.run(node_.accounts.create(std::move(*permit), std::move(account)));
    if (!made) return std::move(made).error();
  }
  return {};
}

std::string AppservicesNode::service_of(std::string_view token) const {
  const Registration* service = services_.by_token(token);
  return service == nullptr ? std::string() : service->id;
}

Task<Result<identity::SessionPtr>> AppservicesNode::act_as(std::string id, std::string user_id,
                                                           std::string device) {
  const Registration* service = services_.find(id);
  if (service == nullptr) co_return forbidden("There is no such application service.");
  const UserId user = user_id.empty() ? service->sender : UserId(user_id);
  if (!services_.covers(*service, user))
    co_return forbidden("The application service cannot act as this user: it is not in its namespaces.");
  identity::ServiceActor actor{.service = std::move(id), .user = user, .device = DeviceId(device)};
  auto acting = identity::act_for_service(node_.accounts, node_.organisation.store(), std::move(actor));
  auto session = co_await std::move(acting);
  co_return session;
}

bool AppservicesNode::is_rate_limited(std::string_view id, const UserId& user) const {
  const Registration* service = services_.find(id);
  return service == nullptr || (service->rate_limited && user != service->sender);
}

bool AppservicesNode::covers_user(std::string_view id, const UserId& user) const {
  const Registration* service = services_.find(id);
  return service != nullptr && services_.covers(*service, user);
}

bool AppservicesNode::covers_alias(std::string_view id, const RoomAlias& alias) const {
  const Registration* service = services_.find(id);
  return service != nullptr && service->covers_alias(alias.view());
}

bool AppservicesNode::speaks(std::string_view id, std::string_view protocol) const {
  const Registration* service = services_.find(id);
  return service != nullptr && std::ranges::find(service->protocols, protocol) != service->protocols.end();
}

bool AppservicesNode::is_alias_taken(const RoomAlias& alias, std::string_view except) const {
  const Registration* owner = services_.owner_of(alias);
  return owner != nullptr && owner->id != except;
}

Task<std::optional<gate::Permit>> AppservicesNode::admit_question(gate::Subject asking,
                                                                  gate::Resource resource) {
  gate::Action action{.subject = std::move(asking),
                      .operation = gate::Operation::BridgeQuery,
                      .resource = std::move(resource)};
  auto admitting = node_.organisation.gate().admit(std::move(action));
  gate::Admission admission = co_await std::move(admitting);
  std::optional<gate::Permit> permit;
  if (auto* given = std::get_if<gate::Permit>(&admission)) permit = std::move(*given);
  co_return permit;
}

Task<bool> AppservicesNode::make_alias(gate::Subject asking, RoomAlias alias) {
  const bool is_covered = std::ranges::any_of(services_.all(), [&](const Registration& service) {
    return !service.url.empty() && service.covers_alias(alias.view());
  });
  if (!is_covered) co_return false;
  gate::Resource resource;
  resource.name = alias.str();
  auto admitting = admit_question(std::move(asking), std::move(resource));
  const auto permit = co_await std::move(admitting);
  if (!permit) co_return false;
  auto making = questions_.make_alias(*permit, std::move(alias));
  const auto made = co_await std::move(making);
  co_return made.has_value() && *made;
}

Task<bool> AppservicesNode::make_user(gate::Subject asking, UserId user) {
  const bool is_covered = std::ranges::any_of(services_.all(), [&](const Registration& service) {
    return !service.url.empty() && user != service.sender && services_.covers(service, user);
  });
  if (!is_covered) co_return false;
  auto finding = node_.accounts.find(user);
  const auto account = co_await std::move(finding);
  if (account) co_return false;
  gate::Resource resource;
  resource.user = user;
  auto admitting = admit_question(std::move(asking), std::move(resource));
  const auto permit = co_await std::move(admitting);
  if (!permit) co_return false;
  auto making = questions_.make_user(*permit, std::move(user));
  const auto made = co_await std::move(making);
  co_return made.has_value() && *made;
}

std::vector<std::string> AppservicesNode::protocols() const {
  return questions_.protocols();
}

Task<std::vector<json::Value>> AppservicesNode::look_up(const gate::Permit& permit, std::string protocol,
                                                        std::string rest) {
  return questions_.thirdparty(permit, std::move(protocol), std::move(rest));
}

Task<Result<void>> AppservicesNode::publish(gate::Permit permit, api::client::NetworkListing listing) {
  const auto publish = listing.listed == api::client::NetworkListing::Listed::Yes ? appservices::Publish::Yes
                                                                                  : appservices::Publish::No;
  return network_rooms_.set(std::move(permit), std::move(listing.service), std::move(listing.network),
                            std::move(listing.room), publish);
}

Task<Result<std::vector<RoomId>>> AppservicesNode::network_rooms(const gate::Permit& permit,
                                                                 std::string network) {
  return network_rooms_.of(permit, std::move(network));
}

Task<api::client::PingAnswer> AppservicesNode::ping(gate::Permit permit, std::string id,
                                                    std::optional<std::string> transaction_id) {
  using api::client::PingAnswer;
  PingAnswer answer;
  const Registration* service = services_.find(id);
  if (service == nullptr || service->url.empty()) {
    answer.outcome = PingAnswer::Outcome::NoAddress;
    co_return answer;
  }
  auto pinging = questions_.ping(std::move(permit), *service, std::move(transaction_id));
  const auto pong = co_await std::move(pinging);
  if (!pong) {
    answer.outcome = pong.error().code() == ErrorCode::DeadlineExceeded ? PingAnswer::Outcome::TimeOut
                                                                        : PingAnswer::Outcome::NoConnection;
  } else if (pong->bad_status) {
    answer.outcome = PingAnswer::Outcome::BadStatus;
    answer.status = *pong->bad_status;
    answer.body = pong->body;
  } else {
    answer.took = pong->took;
    delivery_.try_now(service->id);
  }
  co_return answer;
}

}  // namespace kuramori::app
