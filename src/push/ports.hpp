// What push asks others to provide.
#pragma once
#include <memory>
#include <stop_token>
#include <string>

#include "base/identifiers.hpp"
#include "base/result.hpp"
#include "gate/permit.hpp"
#include "matrix/push_rules.hpp"
#include "net/http_client.hpp"
#include "runtime/task.hpp"

namespace kuramori::push {

struct Unread {
  std::int64_t notifications = 0;
  std::int64_t highlights = 0;
};

// `sync` answers them.
class Readers {
 public:
  virtual ~Readers() = default;
  virtual runtime::Task<Result<std::shared_ptr<const matrix::PushRuleSet>>> rules_of(UserId user) = 0;
  // Of all rooms that the user has joined, as the user's clients show it.
  virtual runtime::Task<Result<Unread>> unread(const gate::Permit& permit, UserId user) = 0;
  // Whether the user has read the event at that position of the room, threads considered.
  virtual runtime::Task<Result<bool>> has_read(UserId user, RoomId room, StreamPosition event) = 0;
};

// Requests to gateways: net::HttpClient in the server, a script in tests.
class GatewaySender {
 public:
  virtual ~GatewaySender() = default;
  virtual runtime::Task<Result<net::IncomingResponse>> send(net::OutgoingRequest request, net::Reach reach,
                                                            std::stop_token stop) = 0;
};

struct Letter {
  std::string to = {};
  std::string subject = {};
  std::string text = {};
};

class Post {
 public:
  virtual ~Post() = default;
  virtual runtime::Task<Result<void>> send(Letter letter) = 0;
};

}  // namespace kuramori::push
