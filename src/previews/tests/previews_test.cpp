#include "previews/previews.hpp"

#include <gtest/gtest.h>

#include "audit/recorder.hpp"
#include "audit/tables.hpp"
#include "gate/gate.hpp"
#include "governance/compiled_policy.hpp"
#include "runtime/manual_executor.hpp"
#include "runtime/wakeup.hpp"
#include "storage/key_ring.hpp"
#include "storage/memory/memory_store.hpp"

namespace kuramori::previews {
namespace {

class Web final : public PageFetcher {
 public:
  runtime::Task<Result<Page>> fetch(std::string url, Place place, std::size_t bytes_max) override {
    asked.push_back(url);
    places.push_back(place);
    limits.push_back(bytes_max);
    if (gate != nullptr) co_await gate->wait_until(SteadyTime::max());
    if (failure) co_return *failure;
    const auto page = pages.find(url);
    if (page == pages.end()) co_return Page{.status = 404};
    co_return page->second;
  }
  std::map<std::string, Page> pages;
  std::vector<std::string> asked;
  std::vector<Place> places;
  std::vector<std::size_t> limits;
  std::optional<Error> failure;
  runtime::Wakeup* gate = nullptr;
};

class Album final : public PictureKeeper {
 public:
  runtime::Task<Result<std::string>> keep(std::string content_type, std::string content,
                                          Milliseconds at_least) override {
    times.push_back(at_least);
    kept.push_back(content_type + " " + content);
    co_return "mxc://example.org/" + std::to_string(kept.size());
  }
  std::vector<std::string> kept;
  std::vector<Milliseconds> times;
};

Page html(std::string body, std::string type = "text/html; charset=utf-8") {
  return {.status = 200, .content_type = std::move(type), .body = std::move(body)};
}
Page redirect(std::string to) {
  return {.status = 302, .location = std::move(to)};
}

class PreviewsTest : public ::testing::Test {
 protected:
  PreviewsTest() {
    storage::Migration migration{.number = 1, .name = "initial", .changes = {}};
    migration.changes.emplace_back(storage::CreateTable{&storage::kWrappedKeys});
    for (const storage::Table* table : audit::tables())
      migration.changes.emplace_back(storage::CreateTable{table});
    EXPECT_TRUE(store.migrate(std::span(&migration, 1)));
    keys = *storage::KeyRing::open(store, crypto::SecretKey({7}), clock, random);
    recorder = std::make_unique<audit::Recorder>(*keys, clock, random);
    gatekeeper = std::make_unique<gate::Gate>(
        gate::Gate::Ports{store, *recorder, clock, random, metrics, Logger::silent()},
        governance::CompiledPolicy::permissive());
  }
  gate::Permit permit() {
    gate::Subject subject;
    subject.user = UserId("@alice:example.org");
    auto admission = executor.run(gatekeeper->admit({subject, gate::Operation::MediaPreview, {}, nullptr}));
    return std::get<gate::Permit>(std::move(admission));
  }
  Result<std::shared_ptr<const json::Object>> of(std::string url) {
    return executor.run(previews->of(permit(), std::move(url)));
  }

  ManualClock clock;
  SeededRandom random{3};
  runtime::ManualExecutor executor{clock};
  MetricsRegistry metrics;
  storage::memory::MemoryStore store;
  std::unique_ptr<storage::KeyRing> keys;
  std::unique_ptr<audit::Recorder> recorder;
  std::unique_ptr<gate::Gate> gatekeeper;
  Web web;
  Album album;
  std::unique_ptr<Previews> previews =
      std::make_unique<Previews>(Previews::Ports{web, album, clock, metrics}, Options{.inside = {"wiki"}});
};

TEST_F(PreviewsTest, APageWithItsPicture) {
  web.pages["https://example.org/a"] = html(
      "<title>T</title><meta property='og:image' content='/p.png'><meta property='og:image:width' "
      "content='20'>"
      "<meta property='og:image:height' content='-1'>");
  web.pages["https://example.org/p.png"] = {.status = 200, .content_type = "image/png", .body = "PNG"};
  const auto preview = of("https://example.org/a#x");
  ASSERT_TRUE(preview) << preview.error().to_log();
  EXPECT_EQ(**preview, (json::Object{{"og:title", "T"},
                                     {"og:image:width", 20},
                                     {"og:image", "mxc://example.org/1"},
                                     {"og:image:type", "image/png"},
                                     {"matrix:image:size", 3}}));
  EXPECT_EQ(album.kept, std::vector<std::string>{"image/png PNG"});
  EXPECT_EQ(album.times, std::vector<Milliseconds>{previews->options().kept});
  EXPECT_EQ(web.limits, (std::vector<std::size_t>{4U << 20U, 8U << 20U}));
}

TEST_F(PreviewsTest, AnswersAreKeptForAnHourAndFailuresForLess) {
  web.pages["https://example.org/"] = html("<title>T</title>");
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(of("https://example.org/"));
  EXPECT_EQ(web.asked.size(), 1u);
  clock.advance(std::chrono::hours(1));
  EXPECT_TRUE(of("https://example.org/"));
  EXPECT_EQ(web.asked.size(), 2u);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(of("https://example.org/missing").error().code(), ErrorCode::NotFound);
  EXPECT_EQ(web.asked.size(), 3u);
  clock.advance(std::chrono::minutes(5));
  web.pages["https://example.org/missing"] = html("<title>back</title>");
  EXPECT_TRUE(of("https://example.org/missing"));
}

TEST_F(PreviewsTest, OneFetchAtATimeForEachAddress) {
  web.pages["https://example.org/"] = html("<title>T</title>");
  runtime::Wakeup held;
  web.gate = &held;
  int answered = 0;
  auto ask = [](Previews& from, gate::Permit with, int& count) -> runtime::Task<void> {
    auto asking = from.of(std::move(with), "https://example.org/");
    const auto preview = co_await std::move(asking);
    if (preview && (*preview)->at("og:title") == "T") ++count;
  };
  runtime::TaskScope scope;
  for (int i = 0; i < 5; ++i) scope.spawn_on(executor, ask(*previews, permit(), answered));
  executor.run_until_idle();
  EXPECT_EQ(web.asked.size(), 1u);
  web.gate = nullptr;
  held.notify();
  while (answered < 5) executor.run_until_idle();
  EXPECT_EQ(web.asked.size(), 1u);
  scope.join_blocking();
}

TEST_F(PreviewsTest, RedirectsAreJudgedOneByOne) {
  web.pages["https://example.org/"] = redirect("/next");
  web.pages["https://example.org/next"] = redirect("https://other.example.org/");
  web.pages["https://other.example.org/"] = html("<title>there</title>");
  EXPECT_EQ((*of("https://example.org/"))->at("og:title"), "there");
  for (const char* inside :
       {"http://127.0.0.1/", "http://[::1]/", "http://localhost/", "http://other.example.org:8080/",
        "file:///etc/passwd", "http://user@example.org/"}) {
    const std::string from = "https://example.org/to-" + std::to_string(web.asked.size());
    web.pages[from] = redirect(inside);
    const auto refused = of(from);
    ASSERT_FALSE(refused) << inside;
    EXPECT_NE(web.asked.back(), inside);
  }
  web.pages["https://example.org/round"] = redirect("/round");
  EXPECT_EQ(of("https://example.org/round").error().code(), ErrorCode::NotFound);
  for (const Place place : web.places)
    EXPECT_EQ(place, Place::Public) << "the fetcher is told to keep outside";
}

TEST_F(PreviewsTest, APictureInsideIsNotFetched) {
  web.pages["https://example.org/"] =
      html("<title>T</title><meta property='og:image' content='http://169.254.169.254/'>");
  EXPECT_EQ(**of("https://example.org/"), (json::Object{{"og:title", "T"}}));
  EXPECT_EQ(web.asked.size(), 1u);
}

TEST_F(PreviewsTest, OtherKindsAndRefusals) {
  web.pages["https://example.org/p"] = {.status = 200, .content_type = "image/jpeg", .body = "J"};
  EXPECT_EQ((*of("https://example.org/p"))->at("og:image"), "mxc://example.org/1");
  web.pages["https://example.org/z"] = {.status = 200, .content_type = "application/zip", .body = "PK"};
  EXPECT_TRUE((*of("https://example.org/z"))->empty());
  web.pages["https://example.org/s"] = {.status = 200, .content_type = "image/svg+xml", .body = "<svg/>"};
  EXPECT_TRUE((*of("https://example.org/s"))->empty()) << "may run scripts where it is shown";
  EXPECT_EQ(of("http://127.0.0.1/").error().code(), ErrorCode::Forbidden);
  EXPECT_EQ(of("nonsense").error().code(), ErrorCode::InvalidArgument);
  web.failure = forbidden("The address is not public.");
  EXPECT_EQ(of("https://rebinding.example.org/").error().code(), ErrorCode::Forbidden);
  web.failure = unavailable("x", "y");
  EXPECT_EQ(of("https://down.example.org/").error().code(), ErrorCode::NotFound);
  web.failure.reset();
  web.pages["http://wiki/"] = html("<title>inside</title>");
  EXPECT_EQ((*of("http://wiki/"))->at("og:title"), "inside");
  EXPECT_EQ(web.places.back(), Place::Inside);
}

TEST_F(PreviewsTest, AnswersInMemoryAreBounded) {
  previews =
      std::make_unique<Previews>(Previews::Ports{web, album, clock, metrics}, Options{.answers_max = 3});
  for (int i = 0; i < 5; ++i) {
    const std::string url = "https://example.org/" + std::to_string(i);
    web.pages[url] = html("<title>T</title>");
    EXPECT_TRUE(of(url));
  }
  EXPECT_TRUE(of("https://example.org/4"));
  EXPECT_EQ(web.asked.size(), 5u);
  EXPECT_TRUE(of("https://example.org/0"));
  EXPECT_EQ(web.asked.size(), 6u);
}

}  // namespace
}  // namespace kuramori::previews
