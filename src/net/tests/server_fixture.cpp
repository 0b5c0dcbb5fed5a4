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

// Gives back what it received, in parts.
class Parts final : public BodySource {
 public:
  explicit Parts(Bytes all) : all_(std::move(all)) {}
  std::uint64_t bytes() const override { return all_.size(); }
  runtime::Task<Result<ByteView>> next() override {
    const ByteView part = ByteView(all_).subspan(sent_, std::min<std::size_t>(100'000, all_.size() - sent_));
    sent_ += part.size();
    co_return part;
  }

 private:
  Bytes all_;
  std::size_t sent_ = 0;
};

class Breaks final : public BodySource {
 public:
  std::uint64_t bytes() const override { return 1'000; }
  runtime::Task<Result<ByteView>> next() override { co_return internal_error("the disk is broken"); }
};

runtime::Task<Response> stream(Request& request, std::atomic<int>& gone) {
  Bytes all;
  Bytes part(50'000);
  Response response;
  const auto declared = request.body_reader->declared_bytes();
  response.headers.emplace_back("X-Declared", declared ? std::to_string(*declared) : "unknown");
  for (;;) {
    auto got = co_await request.body_reader->read(part);
    if (!got) {
      ++gone;
      response.status = 500;
      co_return response;
    }
    if (*got == 0) break;
    all.insert(all.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(*got));
  }
  response.content_type = "text/plain";
  response.stream = std::make_shared<Parts>(std::move(all));
  co_return response;
}

runtime::Task<Response> breaks(Request& /*request*/) {
  Response response;
  response.stream = std::make_shared<Breaks>();
  co_return response;
}

runtime::Task<Response> unread(Request& /*request*/) {
  Response response;
  response.status = 403;
  co_return response;
}

// To the address that the query names.
runtime::Task<Response> redirect(Request& request) {
  Response response;
  response.status = 302;
  response.headers.emplace_back("Location", std::string(request.query_value("to").value_or("/echo")));
  co_return response;
}

}  // namespace

Router ServerTest::routes() {
  Router router;
  const Handler echoes = [this](Request& request) { return echo(request, echoed_); };
  const Handler parks = [this](Request& request) { return park(request, parking_, gone_); };
  router.add(Method::Get, "/echo", echoes);
  router.add(Method::Get, "/redirect", redirect);
  router.add(Method::Post, "/echo", echoes, {.body_bytes_max = 200'000});
  router.add(Method::Put, "/small", echoes, {.body_bytes_max = 10});
  router.add(Method::Get, "/things/{id}", echoes);
  router.add(Method::Get, "/park", parks, {.may_park = true});
  router.add(Method::Get, "/work", parks);
  router.add(Method::Get, "/big/{size}", big);
  router.add(Method::Get, "/throws", throws);
  router.add(Method::Get, "/hostile", hostile);
  router.add(
      Method::Post, "/stream", [this](Request& request) { return stream(request, gone_); },
      {.body_bytes_max = 5'000'000, .streams_body = true});
  router.add(Method::Post, "/stream-unread", unread, {.body_bytes_max = 5'000'000, .streams_body = true});
  router.add(Method::Post, "/stream-later", parks, {.body_bytes_max = 5'000'000, .streams_body = true});
  router.add(Method::Get, "/stream-breaks", breaks);
  router.add(Method::Head, "/stream-breaks", breaks);
  return router;
}

}  // namespace kuramori::net::testing
