#include "server_fixture.hpp"

namespace kuramori::net::testing {
namespace {

runtime::Task<Response> echo(Request& request, std::atomic<int>& count) {
  ++count;
  Response response;
  response.content_type = "text/plain";
  response.headers.emplace_back("X-Method", std::string(to_string(request.method)));
  response.headers.emplace_back("X-Peer", request.peer_address);
  for (const auto& [name, value] : request.query) response.headers.emplace_back("X-Query-" + name, value);
  for (const std::string& parameter : request.parameters)
    response.headers.emplace_back("X-Parameter", parameter);
  response.headers.emplace_back("X-Tls", request.is_tls ? "yes" : "no");
  response.body = request.body.empty() ? "hello" : request.body;
  co_return response;
}

runtime::Task<Response> wait_until_woken(std::shared_ptr<runtime::Wakeup> wakeup, SteadyTime deadline) {
  const bool woken = co_await wakeup->wait_until(deadline);
  Response response;
  response.body = woken ? "woken" : "timeout";
  co_return response;
}

runtime::Task<Response> park(Request& request, Parking& parking, std::atomic<int>& gone) {
  const auto wakeup = parking.enter();
  const std::stop_callback on_gone(request.disconnected, [&gone, wakeup] {
    ++gone;
    wakeup->notify();
  });
  const SteadyTime deadline = request.received + std::chrono::seconds(30);
  Response response = co_await wait_until_woken(wakeup, deadline);
  co_return response;
}

runtime::Task<Response> big(Request& request) {
  Response response;
  response.body.assign(static_cast<std::size_t>(*text::to_integer(request.parameters.at(0))), 'x');
  co_return response;
}

runtime::Task<Response> throws(Request& /*request*/) {
  throw std::runtime_error("secret detail");
  co_return Response{};
}

runtime::Task<Response> hostile(Request& /*request*/) {
  Response response;
  response.headers.emplace_back("X-Evil", "a\r\nX-Injected: yes");
  response.headers.emplace_back("Content-Length", "3");
  response.headers.emplace_back("Access-Control-Allow-Origin", "https://evil.example");
  response.headers.emplace_back("X-Good", "yes");
  response.body = "fine";
  co_return response;
}

}  // namespace

Router ServerTest::routes() {
  Router router;
  const Handler echoes = [this](Request& request) { return echo(request, echoed_); };
  const Handler parks = [this](Request& request) { return park(request, parking_, gone_); };
  router.add(Method::Get, "/echo", echoes);
  router.add(Method::Post, "/echo", echoes, {.body_bytes_max = 200'000});
  router.add(Method::Put, "/small", echoes, {.body_bytes_max = 10});
  router.add(Method::Get, "/things/{id}", echoes);
  router.add(Method::Get, "/park", parks, {.may_park = true});
  router.add(Method::Get, "/work", parks);
  router.add(Method::Get, "/big/{size}", big);
  router.add(Method::Get, "/throws", throws);
  router.add(Method::Get, "/hostile", hostile);
  return router;
}

}  // namespace kuramori::net::testing
