// Push of one organisation: the service, and what it asks of sync and of the mailer.
#pragma once
#include "app/node.hpp"
#include "push/notifications.hpp"
#include "push/service.hpp"
#include "sync/unread_total.hpp"

namespace kuramori::app {

// Rules and counts: sync's.
class ReadersOfSync final : public push::Readers {
 public:
  explicit ReadersOfSync(Node& node);
  runtime::Task<Result<std::shared_ptr<const matrix::PushRuleSet>>> rules_of(UserId user) override;
  runtime::Task<Result<push::Unread>> unread(const gate::Permit& permit, UserId user) override;
  runtime::Task<Result<bool>> has_read(UserId user, RoomId room, StreamPosition event) override;

 private:
  sync::PushRules& rules_;
  sync::Receipts& receipts_;
  sync::UnreadTotals totals_;
};

class GatewaysByHttp final : public push::GatewaySender {
 public:
  explicit GatewaysByHttp(net::HttpClient& client) : client_(client) {}
  runtime::Task<Result<net::IncomingResponse>> send(net::OutgoingRequest request, net::Reach reach,
                                                    std::stop_token stop) override;

 private:
  net::HttpClient& client_;
};

class PostOfPeople final : public push::Post {
 public:
  explicit PostOfPeople(people::MailSender& mail) : mail_(mail) {}
  runtime::Task<Result<void>> send(push::Letter letter) override;

 private:
  people::MailSender& mail_;
};

// Tells push of what people have read.
class ReceiptsForPush final : public storage::StreamListener {
 public:
  explicit ReceiptsForPush(push::Service& service) : service_(service) {}
  void committed(std::span<const Change> changes) override;

 private:
  push::Service& service_;
};

// Made right after the node: it hears of the stream behind the hub.
class PushNode {
 public:
  explicit PushNode(Node& node);

  push::Service& service() { return service_; }
  push::Notifications& notifications() { return notifications_; }
  void spawn(runtime::TaskScope& scope, runtime::Executor& executor);

 private:
  ReadersOfSync readers_;
  GatewaysByHttp gateways_;
  std::unique_ptr<PostOfPeople> post_;  // null: no mail server is configured
  push::Service service_;
  push::Notifications notifications_;
  ReceiptsForPush receipts_;
};

}  // namespace kuramori::app
