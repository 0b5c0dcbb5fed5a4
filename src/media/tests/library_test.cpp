#include "media/library.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "audit/recorder.hpp"
#include "audit/tables.hpp"
#include "governance/compiled_policy.hpp"
#include "runtime/manual_executor.hpp"
#include "storage/blobs_directory/blob_directory.hpp"
#include "storage/memory/memory_store.hpp"

namespace kuramori::media {
namespace {

namespace fs = std::filesystem;

class TextSource final : public ByteSource {
 public:
  explicit TextSource(std::string text, std::size_t part = 10'000) : text_(std::move(text)), part_(part) {}
  runtime::Task<Result<std::size_t>> read(std::span<std::uint8_t> into) override {
    const std::size_t count = std::min({into.size(), part_, text_.size() - at_});
    if (count == 0 && fails) co_return unavailable("gone", "test");
    std::copy_n(text_.begin() + static_cast<std::ptrdiff_t>(at_), count, into.begin());
    at_ += count;
    co_return count;
  }
  bool fails = false;

 private:
  std::string text_;
  std::size_t part_;
  std::size_t at_ = 0;
};

class TestInspector final : public Inspector {
 public:
  runtime::Task<Result<Verdict>> examine(MediaId, UserId, std::shared_ptr<OpenFile> file) override {
    ++asked;
    auto part = co_await file->read(0, file->info().bytes);
    if (!part) co_return std::move(part).error();
    seen = as_text(*part);
    co_return verdict;
  }
  Verdict verdict = Verdict::Release;
  int asked = 0;
  std::string seen;
};

class LibraryTest : public ::testing::Test {
 protected:
  LibraryTest() {
    std::string path = (fs::temp_directory_path() / "kuramori-library-XXXXXX").string();
    root = ::mkdtemp(path.data());
    storage::Migration migration{.number = 1, .name = "initial", .changes = {}};
    migration.changes.emplace_back(storage::CreateTable{&storage::kWrappedKeys});
    for (const storage::Table* table : audit::tables())
      migration.changes.emplace_back(storage::CreateTable{table});
    for (const storage::Table* table : tables()) migration.changes.emplace_back(storage::CreateTable{table});
    EXPECT_TRUE(store.migrate(std::span(&migration, 1)));
    keys = *storage::KeyRing::open(store, crypto::SecretKey::generate(random), clock, random);
    recorder = std::make_unique<audit::Recorder>(*keys, clock, random);
    gate = std::make_unique<gate::Gate>(
        gate::Gate::Ports{store, *recorder, clock, random, metrics, Logger::silent()},
        governance::CompiledPolicy::permissive());
    restart();
  }
  ~LibraryTest() override { fs::remove_all(root); }

  void restart() {
    library.reset();
    blobs.reset();
    blobs = *storage::blobs_directory::open(root / "media");
    library = std::make_unique<Library>(Library::Ports{.store = store,
                                                       .keys = *keys,
                                                       .gate = *gate,
                                                       .blobs = *blobs,
                                                       .workers = workers,
                                                       .clock = clock,
                                                       .random = random,
                                                       .metrics = metrics,
                                                       .log = Logger::silent(),
                                                       .inspector = inspector},
                                        options);
  }
  gate::Permit permit(gate::Operation operation, std::string_view user = "@aiko:example.org") {
    gate::Subject subject = gate::Subject::system();
    if (operation != gate::Operation::MediaRemove) {
      subject.user = UserId(user);
      subject.role = gate::Role::Member;
    }
    gate::Action action{.subject = std::move(subject), .operation = operation, .resource = {}};
    auto admission = executor.run(gate->admit(std::move(action)));
    return std::get<gate::Permit>(std::move(admission));
  }
  Result<MediaId> upload(std::string text, std::string_view user = "@aiko:example.org") {
    TextSource source(text);
    return executor.run(library->upload(permit(gate::Operation::MediaUpload, user),
                                        UploadedFile{source, text.size(), "text/plain", "notes.txt"}));
  }
  Result<void> fill(const MediaId& id, std::string text, std::string_view user = "@aiko:example.org") {
    TextSource source(std::move(text));
    return executor.run(library->fill(permit(gate::Operation::MediaUpload, user), id,
                                      UploadedFile{source, std::nullopt, "text/plain", ""}));
  }
  Result<std::string> download(const MediaId& id) {
    auto opened = executor.run(library->open(permit(gate::Operation::MediaDownload), id, Milliseconds(0)));
    if (!opened) return std::move(opened).error();
    std::string all;
    while (all.size() < (*opened)->info().bytes) {
      auto part = executor.run((*opened)->read(all.size(), (*opened)->info().bytes));
      if (!part) return std::move(part).error();
      all += as_text(*part);
    }
    return all;
  }
  std::size_t blob_count() {
    std::size_t count = 0;
    EXPECT_TRUE(blobs->list([&](std::string_view) { return ++count > 0; }));
    return count;
  }

  ManualClock clock;
  SeededRandom random{11};
  runtime::ManualExecutor executor{clock};
  MetricsRegistry metrics;
  storage::memory::MemoryStore store;
  std::unique_ptr<storage::KeyRing> keys;
  std::unique_ptr<audit::Recorder> recorder;
  std::unique_ptr<gate::Gate> gate;
  runtime::WorkerPool workers{{.name = "files", .threads = 2}};
  fs::path root;
  std::unique_ptr<storage::BlobStore> blobs;
  Inspector* inspector = nullptr;
  Library::Options options{.server = ServerName("example.org"), .upload_bytes_max = 3'000'000};
  std::unique_ptr<Library> library;
};

std::string long_text(std::size_t bytes) {
  std::string text(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>('a' + (i * 7 + i / 251) % 26);
  return text;
}

TEST_F(LibraryTest, GivesBackWhatWasUploaded) {
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, std::size_t{65'536}, kPieceBytes,
                                  kPieceBytes + 1, 2 * kPieceBytes, std::size_t{2'000'001}}) {
    const std::string text = long_text(bytes);
    const auto id = upload(text);
    ASSERT_TRUE(id) << id.error().to_log();
    EXPECT_EQ(*download(*id), text) << bytes;
    const auto announced = executor.run(library->reserve(permit(gate::Operation::MediaUpload)));
    ASSERT_TRUE(announced);
    ASSERT_TRUE(fill(announced->id, "!" + text));  // without a declared length
    EXPECT_EQ(*download(announced->id), "!" + text) << bytes;
  }
}

TEST_F(LibraryTest, KeepsTypeAndName) {
  const auto id = upload("hello");
  const auto file = executor.run(library->open(permit(gate::Operation::MediaDownload), *id, Milliseconds(0)));
  ASSERT_TRUE(file);
  EXPECT_EQ((*file)->info().content_type, "text/plain");
  EXPECT_EQ((*file)->info().name, "notes.txt");
}

TEST_F(LibraryTest, AFileIsThereAfterARestartAndLiesSealed) {
  const auto id = upload("the annual report of the year");
  restart();
  ASSERT_TRUE(executor.run(library->maintain()));
  EXPECT_EQ(*download(*id), "the annual report of the year");
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(in), {}};
    EXPECT_EQ(content.find("annual"), std::string::npos);
  }
}

TEST_F(LibraryTest, EqualFilesOfOneOwnerAreStoredOnce) {
  const auto first = upload("the same");
  const auto second = upload("the same");
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->id, second->id);
  EXPECT_EQ(blob_count(), 1u);
  ASSERT_TRUE(upload("the same", "@bao:example.org"));
  EXPECT_EQ(blob_count(), 2u);
  // The blob stays until the last of its names has gone.
  ASSERT_TRUE(executor.run(library->remove(permit(gate::Operation::MediaRemove), *first)));
  EXPECT_EQ(download(*first).error().code(), ErrorCode::NotFound);
  EXPECT_EQ(*download(*second), "the same");
  ASSERT_TRUE(executor.run(library->remove(permit(gate::Operation::MediaRemove), *second)));
  EXPECT_EQ(blob_count(), 1u);
  const auto again = upload("the same");
  ASSERT_TRUE(again);
  EXPECT_EQ(*download(*again), "the same");
}

TEST_F(LibraryTest, RefusesWhatIsTooLarge) {
  EXPECT_EQ(upload(long_text(3'000'001)).error().reason(), "M_TOO_LARGE");
  const auto announced = executor.run(library->reserve(permit(gate::Operation::MediaUpload)));
  EXPECT_EQ(fill(announced->id, long_text(3'000'001)).error().reason(), "M_TOO_LARGE");
  EXPECT_EQ(blob_count(), 0u);
  EXPECT_TRUE(fs::is_empty(root / "media" / "incoming"));
  EXPECT_TRUE(fill(announced->id, long_text(3'000'000)));
}

TEST_F(LibraryTest, AQuotaIsOfEachPersonAndCountsWhatIsStored) {
  options.quota_bytes_per_user = 1'000;
  restart();
  ASSERT_TRUE(upload(std::string(400, 'a')));
  ASSERT_TRUE(upload(std::string(400, 'a')));  // stored already, and counted once
  ASSERT_TRUE(upload(std::string(500, 'b')));
  EXPECT_EQ(upload(std::string(200, 'c')).error().reason(), "M_FORBIDDEN");
  EXPECT_TRUE(upload(std::string(200, 'c'), "@bao:example.org"));
  EXPECT_EQ(blob_count(), 3u);
}

TEST_F(LibraryTest, FilesOfTheServerCountTowardsNobodysQuotaAndGoAtTheirTime) {
  options.quota_bytes_per_user = 1'000;
  options.server_bytes_max = 4'500;
  restart();
  const auto keep = [&](std::string text) {
    TextSource source(text);
    const UploadedFile file{source, text.size(), "image/png", "", std::chrono::hours(1)};
    return executor.run(library->upload(permit(gate::Operation::MediaUpload, ""), file));
  };
  const auto first = keep(std::string(2'000, 'a'));
  ASSERT_TRUE(first) << first.error().to_log();
  EXPECT_EQ(keep(std::string(3'000, 'b')).error().code(), ErrorCode::Exhausted);
  ASSERT_TRUE(upload(std::string(1'000, 'c')));
  clock.advance(std::chrono::minutes(30));
  const auto again = keep(std::string(2'000, 'a'));  // the same picture of another page
  ASSERT_TRUE(again);
  clock.advance(std::chrono::minutes(31));
  ASSERT_TRUE(executor.run(library->maintain()));
  EXPECT_EQ(download(*first).error().code(), ErrorCode::NotFound);
  EXPECT_EQ(*download(*again), std::string(2'000, 'a'));
  clock.advance(std::chrono::minutes(31));
  restart();
  ASSERT_TRUE(executor.run(library->maintain()));
  EXPECT_EQ(download(*again).error().code(), ErrorCode::NotFound);
  EXPECT_EQ(blob_count(), 1u) << "what people upload stays";
  EXPECT_TRUE(keep(std::string(3'000, 'b'))) << "there is room again";
}

TEST_F(LibraryTest, AnUploadThatBreaksOffLeavesNothing) {
  TextSource source(long_text(800'000));
  source.fails = true;
  const auto id = executor.run(library->upload(permit(gate::Operation::MediaUpload),
                                               UploadedFile{source, std::nullopt, "text/plain", ""}));
  EXPECT_FALSE(id);
  EXPECT_EQ(blob_count(), 0u);
  EXPECT_TRUE(fs::is_empty(root / "media" / "incoming"));
}

TEST_F(LibraryTest, ACommitThatFailsLeavesNothing) {
  ASSERT_TRUE(upload("first"));
  gate::Permit permitted = permit(gate::Operation::MediaUpload);
  store.fail_next_commit(unavailable("The disk is full.", "test"));
  TextSource source("lost");
  EXPECT_FALSE(
      executor.run(library->upload(std::move(permitted), UploadedFile{source, 4, "text/plain", ""})));
  EXPECT_EQ(blob_count(), 1u);
  EXPECT_TRUE(upload("found"));
}

TEST_F(LibraryTest, WhatNobodyRefersToIsRemovedAfterARestart) {
  const auto kept = upload("kept");
  auto writer = blobs->create("0123456789abcdef");
  ASSERT_TRUE((*writer)->append(as_bytes("durable, and never acknowledged")));
  ASSERT_TRUE((*writer)->finish());
  restart();
  EXPECT_EQ(blob_count(), 2u);
  ASSERT_TRUE(executor.run(library->maintain()));
  EXPECT_EQ(blob_count(), 1u);
  EXPECT_EQ(*download(*kept), "kept");
}

TEST_F(LibraryTest, AnAnnouncedUploadIsOfOnePersonAndOnce) {
  const auto announced = executor.run(library->reserve(permit(gate::Operation::MediaUpload)));
  ASSERT_TRUE(announced);
  EXPECT_EQ(download(announced->id).error().reason(), "M_NOT_YET_UPLOADED");
  EXPECT_EQ(fill(announced->id, "x", "@bao:example.org").error().reason(), "M_FORBIDDEN");
  ASSERT_TRUE(fill(announced->id, "content"));
  EXPECT_EQ(*download(announced->id), "content");
  EXPECT_EQ(fill(announced->id, "other").error().reason(), "M_CANNOT_OVERWRITE_MEDIA");
  EXPECT_EQ(*download(announced->id), "content");
  EXPECT_EQ(fill({ServerName("example.org"), "unknown"}, "x").error().code(), ErrorCode::NotFound);
}

TEST_F(LibraryTest, AnAnnouncedUploadExpires) {
  const auto announced = executor.run(library->reserve(permit(gate::Operation::MediaUpload)));
  EXPECT_EQ(announced->unused_expires, clock.now() + options.unused_expiry);
  clock.advance(options.unused_expiry + Milliseconds(1));
  EXPECT_EQ(fill(announced->id, "late").error().code(), ErrorCode::NotFound);
  EXPECT_EQ(download(announced->id).error().code(), ErrorCode::NotFound);
  ASSERT_TRUE(executor.run(library->maintain()));
  const auto rows = store.read_blocking([](storage::Snapshot& s) { return s.count({.table = &kMedia}); });
  EXPECT_EQ(*rows, 0);
}

TEST_F(LibraryTest, OneCannotAnnounceWithoutEnd) {
  options.unused_per_user_max = 2;
  restart();
  std::vector<MediaId> ids;
  for (int i = 0; i < 2; ++i) {
    ids.push_back(executor.run(library->reserve(permit(gate::Operation::MediaUpload)))->id);
  }
  const auto third = executor.run(library->reserve(permit(gate::Operation::MediaUpload)));
  EXPECT_EQ(third.error().reason(), "M_LIMIT_EXCEEDED");
  ASSERT_TRUE(fill(ids.front(), "used"));
  EXPECT_TRUE(executor.run(library->reserve(permit(gate::Operation::MediaUpload))));
}

TEST_F(LibraryTest, WhoWaitsForAnAnnouncedFileReceivesIt) {
  const auto announced = executor.run(library->reserve(permit(gate::Operation::MediaUpload)));
  bool is_there = false;
  runtime::TaskScope scope;
  auto wait = [](Library& from, gate::Permit with, MediaId id, bool& there) -> runtime::Task<void> {
    auto file = co_await from.open(std::move(with), std::move(id), std::chrono::seconds(20));
    there = file.has_value();
  };
  auto waiting = wait(*library, permit(gate::Operation::MediaDownload), announced->id, is_there);
  scope.spawn_on(executor, std::move(waiting));
  executor.run_until_idle();
  EXPECT_FALSE(is_there);
  ASSERT_TRUE(fill(announced->id, "content"));
  for (int i = 0; i < 1'000 && !is_there; ++i) {
    executor.run_until_idle();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_TRUE(is_there);
  executor.run(scope.join());
}

TEST_F(LibraryTest, NobodyReceivesWhatIsHeld) {
  TestInspector judge;
  inspector = &judge;
  restart();
  const auto good = upload("harmless");
  EXPECT_EQ(download(*good).error().reason(), "M_NOT_YET_UPLOADED");
  restart();  // and it is asked again
  ASSERT_TRUE(executor.run(library->maintain()));
  EXPECT_EQ(judge.seen, "harmless");
  EXPECT_EQ(*download(*good), "harmless");
  judge.verdict = Inspector::Verdict::Remove;
  const auto bad = upload("harmful");
  ASSERT_TRUE(executor.run(library->maintain()));
  EXPECT_EQ(download(*bad).error().code(), ErrorCode::NotFound);
  EXPECT_EQ(blob_count(), 1u);
  EXPECT_EQ(judge.asked, 2);
}

TEST_F(LibraryTest, WhatIsHeldIsShownToWhoDecidesAloneAndReleasedOnce) {
  TestInspector judge;
  judge.verdict = Inspector::Verdict::Hold;
  inspector = &judge;
  restart();
  const auto id = upload("the plan");
  const auto show = [&](Library::Shown shown) {
    auto opened =
        executor.run(library->open_to_show(permit(gate::Operation::MediaView), *id, shown, "page 1"));
    return opened ? std::string(as_text(*(*opened)->read_here(0, (*opened)->info().bytes)))
                  : std::string(opened.error().reason());
  };
  EXPECT_EQ(executor.run(library->standing(*id))->held, Library::Held::UntilExamined);
  ASSERT_TRUE(executor.run(library->maintain()));
  EXPECT_EQ(executor.run(library->standing(*id))->held, Library::Held::UntilDecided);
  EXPECT_EQ(show(Library::Shown::Released), "M_NOT_YET_UPLOADED");
  EXPECT_EQ(show(Library::Shown::HeldToo), "the plan");
  ASSERT_TRUE(executor.run(library->release(permit(gate::Operation::InspectionRelease), *id)));
  EXPECT_EQ(executor.run(library->standing(*id))->held, Library::Held::No);
  const auto position = store.last_position();
  ASSERT_TRUE(executor.run(library->release(permit(gate::Operation::InspectionRelease), *id)));
  EXPECT_EQ(store.last_position(), position);
  EXPECT_EQ(show(Library::Shown::Released), "the plan");
  ASSERT_TRUE(executor.run(library->remove(permit(gate::Operation::MediaRemove), *id)));
  EXPECT_EQ(executor.run(library->standing(*id)).error().code(), ErrorCode::NotFound);
  EXPECT_EQ(show(Library::Shown::HeldToo), "M_NOT_FOUND");
}

TEST(ContentUriTest, TakesWhatIsSafeAlone) {
  EXPECT_EQ(parse_media_id("example.org:8448", "aB-_9")->to_uri(), "mxc://example.org:8448/aB-_9");
  for (const char* id : {"", "..", "a/b", "a.b", "a%2e", "あ"})
    EXPECT_FALSE(parse_media_id("example.org", id)) << id;
  EXPECT_FALSE(parse_media_id("../etc", "abc"));
  EXPECT_FALSE(parse_media_id("", "abc"));
}

}  // namespace
}  // namespace kuramori::media
