// Transaction identifiers: of one device and one endpoint, whatever its access token is.
#include "rooms_fixture.hpp"

namespace kuramori::api::client::testing {
namespace {

class Transactions : public RoomsApi {
 protected:
  Reply log_in(std::string_view device) {
    return server.post("/_matrix/client/v3/login",
                       R"({"type":"m.login.password","identifier":{"type":"m.id.user","user":"alice"},)"
                       R"("refresh_token":true,"device_id":")" +
                           std::string(device) + R"(","password":")" + std::string(Harness::kPassword) +
                           "\"}");
  }
};

TEST_F(Transactions, SurviveARefreshOfTheToken) {
  const Reply login = log_in("PHONE");
  ASSERT_EQ(login.status, 200) << login.response.body;
  const std::string room = create(login.text("access_token"));
  const Reply sent = send(login.text("access_token"), room, "once", "t1");
  ASSERT_EQ(sent.status, 200);
  const Reply refreshed = server.post("/_matrix/client/v3/refresh",
                                      R"({"refresh_token":")" + login.text("refresh_token") + "\"}");
  ASSERT_EQ(refreshed.status, 200);
  ASSERT_NE(refreshed.text("access_token"), login.text("access_token"));
  const Reply again = send(refreshed.text("access_token"), room, "once", "t1");
  EXPECT_EQ(again.text("event_id"), sent.text("event_id"));
  // And the device goes on to recognise its own events by them.
  const std::string event = path(room, "/event/" + text::percent_encode(sent.text("event_id")));
  const Reply read = server.get(event, refreshed.text("access_token"));
  EXPECT_EQ(json::string_or(read.body.at("unsigned").as_object(), "transaction_id", ""), "t1");
  const std::string redact = path(room, "/redact/" + text::percent_encode(sent.text("event_id")) + "/t2");
  const Reply redacted = server.put(redact, "{}", refreshed.text("access_token"));
  ASSERT_EQ(redacted.status, 200);
  const Reply once_more = server.post("/_matrix/client/v3/refresh",
                                      R"({"refresh_token":")" + refreshed.text("refresh_token") + "\"}");
  EXPECT_EQ(server.put(redact, "{}", once_more.text("access_token")).text("event_id"),
            redacted.text("event_id"));
}

TEST_F(Transactions, BelongToOneDevice) {
  const std::string phone = log_in("PHONE").text("access_token");
  const std::string tablet = log_in("TABLET").text("access_token");
  const std::string room = create(phone);
  EXPECT_NE(send(phone, room, "one", "t1").text("event_id"),
            send(tablet, room, "two", "t1").text("event_id"));
}

TEST_F(Transactions, BelongToOneEndpoint) {
  const std::string room = create(alice);
  const Reply sent = send(alice, room, "gone", "t1");
  const Reply redacted =
      server.put(path(room, "/redact/" + text::percent_encode(sent.text("event_id")) + "/t1"), "{}", alice);
  EXPECT_EQ(redacted.status, 200);
  EXPECT_NE(redacted.text("event_id"), sent.text("event_id"));
  const std::string other = create(alice, R"({"preset":"public_chat","name":"other"})");
  const Reply elsewhere = send(alice, other, "elsewhere", "t1");
  EXPECT_EQ(elsewhere.status, 200);
  EXPECT_NE(elsewhere.text("event_id"), sent.text("event_id")) << "the room is part of the path";
}

}  // namespace
}  // namespace kuramori::api::client::testing
