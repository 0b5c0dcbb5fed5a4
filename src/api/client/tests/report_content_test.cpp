// Reports, and that the record keeps them (module report_content).
#include "rooms_fixture.hpp"

namespace kuramori::api::client::testing {
namespace {

class ReportsApi : public RoomsApi {
 protected:
  std::int64_t entries() {
    const auto query = [](storage::Snapshot& snapshot) { return snapshot.last(storage::Sequence::Audit); };
    return *server.store.read_blocking(query) + 1;
  }
};

TEST_F(ReportsApi, AnEventIsReportedByWhoIsInItsRoom) {
  const std::string room = create(alice);
  const std::string event = send(alice, room, "rude", "t1").text("event_id");
  const std::string target = path(room, "/report/" + text::percent_encode(event));
  EXPECT_EQ(server.post(target, R"({"reason":"rude","score":-100})", bob).status, 404);
  ASSERT_EQ(join(bob, room).status, 200);
  const std::int64_t before = entries();
  EXPECT_EQ(server.post(target, R"({"reason":"rude","score":-100})", bob).status, 200);
  EXPECT_EQ(entries(), before + 1);
  EXPECT_EQ(server.post(target, "{}", bob).status, 200);
  EXPECT_EQ(server.post(path(room, "/report/%24nothing"), "{}", bob).status, 404);
  EXPECT_EQ(server.post(target, R"({"reason":1})", bob).errcode(), "M_BAD_JSON");
}

TEST_F(ReportsApi, RoomsAndPeopleAreReportedByAnybody) {
  const std::string room = create(alice);
  const std::int64_t before = entries();
  EXPECT_EQ(server.post(path(room, "/report"), R"({"reason":""})", bob).status, 200);
  EXPECT_EQ(server.post("/_matrix/client/v3/users/%40alice%3Aexample.org/report", R"({"reason":"spam"})", bob)
                .status,
            200);
  EXPECT_EQ(entries(), before + 2);
  EXPECT_EQ(server.post(path("!nothing:example.org", "/report"), R"({"reason":""})", bob).status, 404);
  EXPECT_EQ(server.post(path(room, "/report"), "{}", bob).errcode(), "M_MISSING_PARAM");
}

}  // namespace
}  // namespace kuramori::api::client::testing
