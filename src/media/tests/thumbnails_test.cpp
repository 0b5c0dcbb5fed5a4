#include <gtest/gtest.h>

#include <filesystem>

#include "audit/recorder.hpp"
#include "audit/tables.hpp"
#include "governance/compiled_policy.hpp"
#include "media/library.hpp"
#include "runtime/manual_executor.hpp"
#include "storage/blobs_directory/blob_directory.hpp"
#include "storage/memory/memory_store.hpp"

namespace kuramori::media {
namespace {

namespace fs = std::filesystem;
using Method = ThumbnailWish::Method;
using Movement = ThumbnailWish::Movement;

TEST(ThumbnailWishTest, NobodyGetsLessThanWasAskedFor) {
  struct Case {
    Method method;
    std::uint32_t width;
    std::uint32_t height;
    const char* made;
  };
  const Case cases[] = {{Method::Crop, 1, 1, "crop-32x32"},        {Method::Crop, 32, 32, "crop-32x32"},
                        {Method::Crop, 33, 1, "crop-96x96"},       {Method::Crop, 96, 96, "crop-96x96"},
                        {Method::Crop, 97, 97, "crop-320x240"},    {Method::Crop, 240, 241, "crop-640x480"},
                        {Method::Scale, 32, 32, "scale-320x240"},  {Method::Scale, 320, 240, "scale-320x240"},
                        {Method::Scale, 321, 10, "scale-640x480"}, {Method::Scale, 800, 600, "scale-800x600"},
                        {Method::Scale, 801, 1, "original"},       {Method::Crop, 1, 601, "original"},
                        {Method::Original, 0, 0, "original"}};
  for (const Case& c : cases) {
    EXPECT_EQ(variant_name(made_size({c.method, c.width, c.height, Movement::Still})), c.made) << c.made;
    EXPECT_EQ(variant_name(made_size({c.method, c.width, c.height, Movement::Keep})),
              std::string(c.made) + "-moving");
  }
}

class PictureSource final : public ByteSource {
 public:
  explicit PictureSource(std::string text) : text_(std::move(text)) {}
  runtime::Task<Result<std::size_t>> read(std::span<std::uint8_t> into) override {
    const std::size_t count = std::min(into.size(), text_.size() - at_);
    std::copy_n(text_.begin() + static_cast<std::ptrdiff_t>(at_), count, into.begin());
    at_ += count;
    co_return count;
  }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

// Reads all it is given, and says how much that was.
class TestThumbnailer final : public Thumbnailer {
 public:
  runtime::Task<Result<Made>> make(ThumbnailWish wish, PieceFeed original) override {
    ++asked;
    seen.clear();
    for (;;) {
      auto piece = original();
      if (!piece) co_return std::move(piece).error();
      if (piece->empty()) break;
      seen += as_text(*piece);
    }
    if (gate != nullptr) co_await gate->wait_until(SteadyTime::max());
    if (failure) co_return *failure;
    if (serves_as_it_is) co_return Made{.content_type = "image/png", .picture = {}};
    const std::string text = variant_name(wish) + " of " + std::to_string(seen.size());
    co_return Made{.content_type = "image/jpeg", .picture = Bytes(text.begin(), text.end())};
  }
  int asked = 0;
  std::string seen;
  bool serves_as_it_is = false;
  std::optional<Error> failure;
  runtime::Wakeup* gate = nullptr;
};

class ThumbnailsTest : public ::testing::Test {
 public:
  ThumbnailsTest() {
    std::string path = (fs::temp_directory_path() / "kuramori-thumbnails-XXXXXX").string();
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
    blobs = *storage::blobs_directory::open(root / "media");
    library = std::make_unique<Library>(
        Library::Ports{.store = store,
                       .keys = *keys,
                       .gate = *gate,
                       .blobs = *blobs,
                       .workers = workers,
                       .clock = clock,
                       .random = random,
                       .metrics = metrics,
                       .log = Logger::silent(),
                       .inspector = nullptr,
                       .thumbnailer = &thumbnailer},
        Library::Options{.server = ServerName("example.org"), .quota_bytes_per_user = 2'000'000});
  }
  ~ThumbnailsTest() override { fs::remove_all(root); }

  gate::Permit permit(gate::Operation operation) {
    gate::Subject subject = gate::Subject::system();
    if (operation != gate::Operation::MediaRemove) {
      subject.user = UserId("@aiko:example.org");
      subject.role = gate::Role::Member;
    }
    gate::Action action{.subject = std::move(subject), .operation = operation, .resource = {}};
    auto admission = executor.run(gate->admit(std::move(action)));
    return std::get<gate::Permit>(std::move(admission));
  }
  MediaId upload(const std::string& text) {
    PictureSource source(text);
    auto id = executor.run(library->upload(permit(gate::Operation::MediaUpload),
                                           UploadedFile{source, text.size(), "text/html", "cat.png"}));
    EXPECT_TRUE(id);
    return *id;
  }
  runtime::Task<Result<std::string>> fetch(MediaId id, ThumbnailWish wish, gate::Permit allowed) {
    auto file = co_await library->thumbnail(std::move(allowed), std::move(id), wish, Milliseconds(0));
    if (!file) co_return std::move(file).error();
    std::string text = (*file)->info().content_type + ":";
    const std::uint64_t bytes = (*file)->info().bytes;
    for (std::uint64_t at = 0; at < bytes;) {
      auto part = co_await (*file)->read(at, bytes);
      if (!part) co_return std::move(part).error();
      text += as_text(*part);
      at += part->size();
    }
    co_return text;
  }
  Result<std::string> thumbnail(const MediaId& id, ThumbnailWish wish = kSmall) {
    return executor.run(fetch(id, wish, permit(gate::Operation::MediaDownload)));
  }
  std::size_t blob_count() {
    std::size_t count = 0;
    EXPECT_TRUE(blobs->list([&](std::string_view) { return ++count > 0; }));
    return count;
  }

  static constexpr ThumbnailWish kSmall{Method::Crop, 32, 32, Movement::Still};
  ManualClock clock;
  SeededRandom random{12};
  runtime::ManualExecutor executor{clock};
  MetricsRegistry metrics;
  storage::memory::MemoryStore store;
  std::unique_ptr<storage::KeyRing> keys;
  std::unique_ptr<audit::Recorder> recorder;
  std::unique_ptr<gate::Gate> gate;
  runtime::WorkerPool workers{{.name = "files", .threads = 2}};
  fs::path root;
  std::unique_ptr<storage::BlobStore> blobs;
  TestThumbnailer thumbnailer;
  std::unique_ptr<Library> library;
};

TEST_F(ThumbnailsTest, IsMadeOnceAndKept) {
  const std::string picture(700'000, 'p');
  const MediaId id = upload(picture);
  EXPECT_EQ(*thumbnail(id), "image/jpeg:crop-32x32 of 700000");
  EXPECT_EQ(thumbnailer.seen, picture);
  EXPECT_EQ(*thumbnail(id), "image/jpeg:crop-32x32 of 700000");
  EXPECT_EQ(*thumbnail(upload(picture)),
            "image/jpeg:crop-32x32 of 700000");  // the same file, under another name
  EXPECT_EQ(thumbnailer.asked, 1);
  EXPECT_EQ(*thumbnail(id, {Method::Scale, 640, 480, Movement::Keep}),
            "image/jpeg:scale-640x480-moving of 700000");
  EXPECT_EQ(thumbnailer.asked, 2);
  EXPECT_EQ(blob_count(), 3u);
}

TEST_F(ThumbnailsTest, ServesTheOriginalAsWhatItIs) {
  thumbnailer.serves_as_it_is = true;
  const MediaId id = upload("small");
  EXPECT_EQ(*thumbnail(id), "image/png:small");
  EXPECT_EQ(*thumbnail(id), "image/png:small");
  EXPECT_EQ(thumbnailer.asked, 1);
  EXPECT_EQ(blob_count(), 1u);
  ASSERT_TRUE(executor.run(library->remove(permit(gate::Operation::MediaRemove), id)));
  EXPECT_EQ(blob_count(), 0u);
  EXPECT_EQ(thumbnail(id).error().code(), ErrorCode::NotFound);
}

TEST_F(ThumbnailsTest, GoesWithItsOriginalAndCostsItsOwnerNothing) {
  const MediaId id = upload(std::string(1'000'000, 'a'));
  ASSERT_TRUE(thumbnail(id));
  upload(std::string(1'000'000, 'b'));  // exactly what the quota leaves
  ASSERT_TRUE(executor.run(library->remove(permit(gate::Operation::MediaRemove), id)));
  EXPECT_EQ(blob_count(), 1u);
  EXPECT_EQ(thumbnail(id).error().code(), ErrorCode::NotFound);
  const MediaId again = upload(std::string(1'000'000, 'a'));
  ASSERT_TRUE(thumbnail(again));
  EXPECT_EQ(thumbnailer.asked, 2);
}

TEST_F(ThumbnailsTest, WhatCannotBeMadeIsNotTriedAgainSoon) {
  const MediaId id = upload("no picture");
  thumbnailer.failure = Error(ErrorCode::Unsupported, "M_UNKNOWN", "no picture");
  EXPECT_EQ(thumbnail(id).error().code(), ErrorCode::Unsupported);
  EXPECT_EQ(thumbnail(id).error().code(), ErrorCode::Unsupported);
  EXPECT_EQ(thumbnailer.asked, 1);
  clock.advance(std::chrono::hours(1));
  EXPECT_EQ(thumbnail(id).error().code(), ErrorCode::Unsupported);
  EXPECT_EQ(thumbnailer.asked, 2);
  // What may pass is tried again at once.
  const MediaId other = upload("a picture");
  thumbnailer.failure = Error(ErrorCode::Exhausted, "M_LIMIT_EXCEEDED", "busy");
  EXPECT_EQ(thumbnail(other).error().code(), ErrorCode::Exhausted);
  thumbnailer.failure.reset();
  EXPECT_TRUE(thumbnail(other));
}

TEST_F(ThumbnailsTest, TwoWhoAskAtOnceGetOne) {
  const MediaId id = upload("a picture");
  runtime::Wakeup gate_of_work;
  thumbnailer.gate = &gate_of_work;
  std::vector<std::string> got;
  auto ask = [](ThumbnailsTest& test, MediaId which, gate::Permit allowed,
                std::vector<std::string>& into) -> runtime::Task<void> {
    auto text = co_await test.fetch(std::move(which), kSmall, std::move(allowed));
    into.push_back(text ? *text : text.error().to_log());
  };
  auto both = [&](gate::Permit first, gate::Permit second) -> runtime::Task<void> {
    runtime::TaskScope scope;
    scope.spawn(ask(*this, id, std::move(first), got));
    scope.spawn(ask(*this, id, std::move(second), got));
    while (thumbnailer.asked == 0) {
      runtime::Wakeup pause;
      co_await pause.wait_until(clock.steady_now());
    }
    gate_of_work.notify();
    co_await scope.join();
  };
  gate::Permit first = permit(gate::Operation::MediaDownload);
  gate::Permit second = permit(gate::Operation::MediaDownload);
  executor.run(both(std::move(first), std::move(second)));
  EXPECT_EQ(got, std::vector<std::string>(2, "image/jpeg:crop-32x32 of 9"));
  EXPECT_EQ(thumbnailer.asked, 1);
}

TEST_F(ThumbnailsTest, ErasureTakesAllFilesOfAPersonAndTheirKeys) {
  const MediaId first = upload("first");
  upload("first");  // the same file under a second name
  ASSERT_TRUE(thumbnail(first));
  ASSERT_TRUE(executor.run(library->reserve(permit(gate::Operation::MediaUpload))));
  const auto removed =
      executor.run(library->remove_files_of(gate::Subject::system(), UserId("@aiko:example.org")));
  ASSERT_TRUE(removed) << removed.error().to_log();
  EXPECT_EQ(*removed, 3u);
  EXPECT_EQ(blob_count(), 0u);
  EXPECT_EQ(thumbnail(first).error().code(), ErrorCode::NotFound);
  // Of every key that there was, a tombstone is left.
  auto query = [](storage::Snapshot& snapshot) {
    return snapshot.scan({.table = &storage::kWrappedKeys,
                          .index = nullptr,
                          .prefix = {},
                          .from = std::nullopt,
                          .below = std::nullopt});
  };
  const auto rows = executor.run(store.read(std::move(query)));
  ASSERT_TRUE(rows);
  int destroyed = 0;
  for (const storage::Row& row : *rows) destroyed += storage::is_null(row[4]) ? 0 : 1;
  EXPECT_EQ(destroyed, 2);
}

}  // namespace
}  // namespace kuramori::media
