#include "app/push_node.hpp"

namespace kuramori::app {
namespace {

push::DeliveryOptions delivery_options(const Config& config) {
  push::DeliveryOptions options;
  options.gateways = config.push.gateways;
  options.retry = std::chrono::seconds(config.push.retry_s);
  options.digest_delay = std::chrono::seconds(config.push.email_delay_s);
  options.digest_shows_text = config.push.email_shows_text;
  options.organisation = config.server.name;
  options.base_url = config.base_url();
  return options;
}

}  // namespace

ReadersOfSync::ReadersOfSync(Node& node)
    : rules_(node.push_rules), receipts_(node.receipts), totals_(node.sync_ports()) {}

runtime::Task<Result<std::shared_ptr<const matrix::PushRuleSet>>> ReadersOfSync::rules_of(UserId user) {
  auto cached = rules_.cached(user);
  if (cached) co_return cached;
  auto rules = co_await rules_.of(std::move(user));
  co_return rules;
}

runtime::Task<Result<push::Unread>> ReadersOfSync::unread(const gate::Permit& permit, UserId user) {
  auto counts = co_await totals_.of(permit, std::move(user));
  if (!counts) co_return std::move(counts).error();
  co_return push::Unread{.notifications = counts->notifications, .highlights = counts->highlights};
}

runtime::Task<Result<bool>> ReadersOfSync::has_read(UserId user, RoomId room, StreamPosition event) {
  return receipts_.covers(std::move(user), std::move(room), event);
}

runtime::Task<Result<net::IncomingResponse>> GatewaysByHttp::send(net::OutgoingRequest request,
                                                                  net::Reach reach, std::stop_token stop) {
  return client_.send(std::move(request), reach, std::move(stop));
}

runtime::Task<Result<void>> PostOfPeople::send(push::Letter letter) {
  people::Mail mail{
      .to = std::move(letter.to), .subject = std::move(letter.subject), .text = std::move(letter.text)};
  auto sent = co_await mail_.send(std::move(mail));
  co_return sent;
}

void ReceiptsForPush::committed(std::span<const Change> changes) {
  for (const Change& change : changes) {
    const auto* receipt = dynamic_cast<const sync::ReceiptChanged*>(change.payload.get());
    if (receipt != nullptr) service_.counts_changed(receipt->receipt.user);
  }
}

PushNode::PushNode(Node& node)
    : readers_(node),
      gateways_(node.outgoing),
      post_(node.mailer ? std::make_unique<PostOfPeople>(*node.mailer) : nullptr),
      service_({.store = node.organisation.store(),
                .gate = node.organisation.gate(),
                .keys = node.organisation.keys(),
                .sessions = node.sessions,
                .rooms = node.rooms,
                .choices = node.choices,
                .readers = readers_,
                .http = gateways_,
                .post = post_.get(),
                .clock = node.environment.clock,
                .random = node.environment.random,
                .metrics = node.environment.metrics,
                .log = node.environment.log},
               delivery_options(node.config)),
      notifications_(node.organisation.store(), node.rooms, readers_, node.environment.clock),
      receipts_(service_) {
  node.organisation.store().add_listener(service_);
  node.organisation.store().add_listener(receipts_);
}

void PushNode::spawn(runtime::TaskScope& scope, runtime::Executor& executor) {
  scope.spawn_on(executor, service_.run(scope.stop_token()));
}

}  // namespace kuramori::app
