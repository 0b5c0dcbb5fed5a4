// What application services ask others to provide.
#pragma once
#include <functional>
#include <stop_token>

#include "base/identifiers.hpp"
#include "gate/action.hpp"
#include "net/http_client.hpp"
#include "runtime/task.hpp"

namespace kuramori::appservices {

// Requests to services: net::HttpClient in the server, a script in tests.
class HttpSender {
 public:
  virtual ~HttpSender() = default;
  virtual runtime::Task<Result<net::IncomingResponse>> send(net::OutgoingRequest request,
                                                            std::stop_token stop) = 0;
};

// A service has received the part (from, to] of the stream, as far as it is its concern.
using NoteDelivery = std::function<void(const gate::Subject& to, StreamPosition from, StreamPosition up_to)>;

}  // namespace kuramori::appservices
