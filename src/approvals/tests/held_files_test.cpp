// Files that policy holds, from the hold to what was decided.
#include "approvals/tests/approvals_fixture.hpp"

namespace kuramori::approvals::testing {
namespace {

constexpr std::string_view kPlan = "mxc://example.org/plan";

// Outlives the process, as what is stored does.
class Files final : public HeldFiles {
 public:
  runtime::Task<Result<std::vector<HeldFile>>> waiting() override {
    std::vector<HeldFile> list;
    for (const auto& [uri, file] : kept) {
      if (fates.at(uri) == Fate::Held) list.push_back(file);
    }
    co_return list;
  }
  runtime::Task<Result<Fate>> fate(std::string uri) override { co_return fates.at(uri); }
  runtime::Task<Result<void>> release(gate::Subject uploader, Request request) override {
    if (failures > 0) {
      --failures;
      co_return unavailable("The store is away.", "test");
    }
    const std::string uri(json::string_or(request.file, "uri", ""));
    if (fates.at(uri) == Fate::Removed) co_return not_found("There is no such file.");
    if (std::exchange(fates.at(uri), Fate::Released) == Fate::Held)
      done.push_back("released for " + uploader.user.str());
    co_return Result<void>();
  }
  runtime::Task<Result<void>> remove(Request request) override {
    const std::string uri(json::string_or(request.file, "uri", ""));
    if (std::exchange(fates.at(uri), Fate::Removed) == Fate::Held) done.push_back("removed");
    co_return Result<void>();
  }
  void add_watcher(std::function<void()> watcher) override { watch = std::move(watcher); }

  std::map<std::string, HeldFile> kept;
  std::map<std::string, Fate> fates;
  std::vector<std::string> done;
  std::function<void()> watch;
  int failures = 0;
};

class HeldFilesTest : public ApprovalsTest {
 protected:
  HeldFilesTest() {
    files = &library;
    restart();
  }
  void keep_file(std::int64_t inspected_ms) {
    const std::string uri(kPlan);
    library.kept[uri] = {.uri = uri,
                         .uploader = alice,
                         .name = "A123456(3) plan.pdf",
                         .type = "application/pdf",
                         .bytes = 12'345,
                         .rules = {"numbers"},
                         .obligations = json::Array{json::Object{{"chain", json::Array{"manager"}}}},
                         .found = {{"hk_identity_card", 2}},
                         .inspected_ms = inspected_ms};
    library.fates[uri] = HeldFiles::Fate::Held;
  }
  void hold_file(std::int64_t inspected_ms = 1) {
    keep_file(inspected_ms);
    library.watch();
    live();
  }
  std::string only_request() {
    const std::vector<Request> open = approvals->open();
    EXPECT_EQ(open.size(), 1U);
    return open.empty() ? std::string() : open.front().id;
  }
  std::string last_said(const UserId& who, const std::string& id) {
    const auto events = said(who, id);
    if (events.empty()) return {};
    const auto shown =
        run(rooms().event(permit(who, gate::Operation::RoomRead), room_with(who), events.back()));
    return shown ? rooms::testing::body_of(*shown) : std::string();
  }
  Files library;
};

TEST_F(HeldFilesTest, IsReleasedOnceOnBehalfOfItsUploader) {
  hold_file();
  const std::string id = only_request();
  const std::string question = last_said(bob, id);
  EXPECT_NE(question.find("application/pdf, 12 kB"), std::string::npos) << question;
  EXPECT_NE(question.find("hk_identity_card × 2"), std::string::npos) << question;
  EXPECT_NE(question.find("numbers"), std::string::npos) << question;
  EXPECT_NE(question.find("/_kuramori/v1/media/example.org/plan/view"), std::string::npos) << question;
  EXPECT_EQ(question.find("A123456(3)"), std::string::npos) << "names are masked: " << question;
  EXPECT_TRUE(*run(approvals->is_asked_about(bob, std::string(kPlan))));
  EXPECT_FALSE(*run(approvals->is_asked_about(alice, std::string(kPlan))));
  EXPECT_EQ(decide(alice, id).error().code(), ErrorCode::Forbidden);
  EXPECT_EQ(decide(carol, id).error().code(), ErrorCode::Forbidden);
  ASSERT_TRUE(decide(bob, id));
  live();
  pass(std::chrono::hours(1));
  EXPECT_EQ(library.done, Texts{"released for @alice:example.org"});
  EXPECT_EQ(state_of(id), State::Delivered);
  EXPECT_NE(last_said(alice, id).find("can be opened now"), std::string::npos);
  EXPECT_FALSE(*run(approvals->is_asked_about(bob, std::string(kPlan)))) << "nobody is asked any more";
}

TEST_F(HeldFilesTest, RefusedIsRemovedAndTheUploaderHearsWhy) {
  hold_file();
  const std::string id = only_request();
  ASSERT_TRUE(decide(bob, id, Verdict::Refuse));
  live();
  EXPECT_EQ(library.done, Texts{"removed"});
  const std::string told = last_said(alice, id);
  EXPECT_NE(told.find("@bob:example.org: as said"), std::string::npos) << told;
  EXPECT_NE(told.find("It is removed"), std::string::npos) << told;
}

TEST_F(HeldFilesTest, WithdrawnIsRemoved) {
  hold_file();
  const std::string id = only_request();
  ASSERT_TRUE(run(approvals->withdraw(subject(alice), id)));
  live();
  EXPECT_EQ(library.done, Texts{"removed"});
}

TEST_F(HeldFilesTest, WhatNobodyDecidesStaysHeldForOfficers) {
  hold_file();
  const std::string id = only_request();
  pass(std::chrono::hours(72));
  EXPECT_EQ(state_of(id), State::Expired);
  pass(std::chrono::hours(1));
  EXPECT_EQ(library.done, Texts{});
  EXPECT_TRUE(approvals->open().empty()) << "it is not asked about again";
}

TEST_F(HeldFilesTest, AnOfficerIsFaster) {
  hold_file();
  const std::string id = only_request();
  library.fates[std::string(kPlan)] = HeldFiles::Fate::Released;
  library.watch();
  live();
  EXPECT_EQ(state_of(id), State::Ended);
  EXPECT_EQ(decide(bob, id).error().code(), ErrorCode::Conflict);
  EXPECT_NE(last_said(alice, id).find("released by an officer"), std::string::npos);
}

TEST_F(HeldFilesTest, AnOfficerIsHeardOfWithoutBeingTold) {
  hold_file();
  const std::string id = only_request();
  library.fates[std::string(kPlan)] = HeldFiles::Fate::Removed;
  pass(std::chrono::minutes(2));
  EXPECT_EQ(state_of(id), State::Ended);
}

TEST_F(HeldFilesTest, HeldAnewIsAskedAboutAnew) {
  hold_file(1);
  const std::string first = only_request();
  ASSERT_TRUE(decide(bob, first));
  live();
  hold_file(2);
  EXPECT_NE(only_request(), first);
}

TEST_F(HeldFilesTest, ARestartAtAnyPointLosesNothingAndDoublesNothing) {
  keep_file(1);  // and the process ends before anybody is asked
  restart();
  live();
  const std::string id = only_request();
  restart();
  live();
  EXPECT_EQ(only_request(), id);
  EXPECT_EQ(said(bob, id).size(), 1U);
  end();
  ASSERT_TRUE(decide(bob, id));  // and the process ends before it is released
  EXPECT_EQ(library.done, Texts{});
  restart();
  live();
  EXPECT_EQ(library.done.size(), 1U);
  EXPECT_EQ(state_of(id), State::Delivered);
  restart();
  live();
  EXPECT_EQ(library.done, Texts{"released for @alice:example.org"});
  hold_file(5);
  const std::string second = only_request();
  end();
  ASSERT_TRUE(decide(bob, second, Verdict::Refuse));  // and the process ends before it is removed
  EXPECT_EQ(library.done.size(), 1U);
  restart();
  live();
  EXPECT_EQ(library.done.back(), "removed");
  EXPECT_NE(last_said(alice, second).find("It is removed"), std::string::npos) << "told after the restart";
}

TEST_F(HeldFilesTest, AReleaseThatFailsIsTriedAgain) {
  hold_file();
  const std::string id = only_request();
  library.failures = 2;
  ASSERT_TRUE(decide(bob, id));
  live();
  EXPECT_EQ(state_of(id), State::Approved);
  pass(std::chrono::seconds(6));
  pass(std::chrono::seconds(6));
  EXPECT_EQ(state_of(id), State::Delivered);
  EXPECT_EQ(library.done.size(), 1U);
}

TEST_F(HeldFilesTest, WhoHasLeftGetsNothingReleased) {
  hold_file();
  const std::string id = only_request();
  authors.gone.insert(alice);
  ASSERT_TRUE(decide(bob, id));
  live();
  EXPECT_EQ(state_of(id), State::Undeliverable);
  EXPECT_EQ(library.done, Texts{});
}

}  // namespace
}  // namespace kuramori::approvals::testing
