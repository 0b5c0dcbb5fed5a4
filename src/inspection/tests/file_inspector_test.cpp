// The inspector in front of a real library, with the real program that reads files.
#include "inspection/file_inspector.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "audit/recorder.hpp"
#include "audit/tables.hpp"
#include "governance/compiled_policy.hpp"
#include "inspection/tables.hpp"
#include "media/library.hpp"
#include "runtime/manual_executor.hpp"
#include "storage/blobs_directory/blob_directory.hpp"
#include "storage/memory/memory_store.hpp"

namespace kuramori::inspection {
namespace {

namespace fs = std::filesystem;

class TextSource final : public media::ByteSource {
 public:
  explicit TextSource(std::string text) : text_(std::move(text)) {}
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

// Removes what has "virus" in it, holds what has "secret".
class WordJudge final : public Judge {
 public:
  Result<Judgement> judge(const FileFacts& facts) override {
    seen = facts;
    std::string all;
    for (const auto& text : facts.extract.texts) all += text.text;
    if (!facts.failure.empty()) return Judgement{.action = Action::Hold, .reason = facts.failure};
    if (all.find("virus") != std::string::npos)
      return Judgement{.action = Action::Remove, .reason = "malware"};
    if (all.find("secret") != std::string::npos)
      return Judgement{.action = Action::Hold,
                       .reason = "policy",
                       .rule = "words",
                       .found = {{"secret_words", 1}},
                       .holding_rules = {"words"},
                       .obligations = json::Array{json::Object{{"chain", json::Array{"owner"}}}}};
    return Judgement{.action = Action::Release, .reason = "clean"};
  }
  FileFacts seen;
};

class FileInspectorTest : public ::testing::Test {
 protected:
  FileInspectorTest() {
    std::string path = (fs::temp_directory_path() / "kuramori-inspector-XXXXXX").string();
    root = ::mkdtemp(path.data());
    storage::Migration migration{.number = 1, .name = "initial", .changes = {}};
    migration.changes.emplace_back(storage::CreateTable{&storage::kWrappedKeys});
    for (const storage::Table* table : audit::tables())
      migration.changes.emplace_back(storage::CreateTable{table});
    for (const storage::Table* table : media::tables())
      migration.changes.emplace_back(storage::CreateTable{table});
    for (const storage::Table* table : tables()) migration.changes.emplace_back(storage::CreateTable{table});
    EXPECT_TRUE(store.migrate(std::span(&migration, 1)));
    keys = *storage::KeyRing::open(store, crypto::SecretKey::generate(random), clock, random);
    recorder = std::make_unique<audit::Recorder>(*keys, clock, random);
    gate = std::make_unique<gate::Gate>(
        gate::Gate::Ports{store, *recorder, clock, random, metrics, Logger::silent()},
        governance::CompiledPolicy::permissive());
    blobs = *storage::blobs_directory::open(root / "media");
    records = std::make_unique<Records>(Records::Ports{store, *gate, *keys, clock, random});
    make(nullptr);
  }
  ~FileInspectorTest() override { fs::remove_all(root); }

  void make(const Clamd* scanner, WhenScannerIsDown when = WhenScannerIsDown::Hold) {
    library.reset();
    inspector.reset();
    inspector = std::make_unique<FileInspector>(FileInspector::Ports{.records = *records,
                                                                     .judge = judge,
                                                                     .documents = documents,
                                                                     .scanner = scanner,
                                                                     .clock = clock,
                                                                     .metrics = metrics,
                                                                     .log = Logger::silent()},
                                                FileInspector::Options{.when_scanner_is_down = when});
    library = std::make_unique<media::Library>(media::Library::Ports{.store = store,
                                                                     .keys = *keys,
                                                                     .gate = *gate,
                                                                     .blobs = *blobs,
                                                                     .workers = workers,
                                                                     .clock = clock,
                                                                     .random = random,
                                                                     .metrics = metrics,
                                                                     .log = Logger::silent(),
                                                                     .inspector = inspector.get()},
                                               media::Library::Options{.server = ServerName("example.org")});
  }
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
  media::MediaId upload(std::string text) {
    TextSource source(text);
    auto id =
        executor.run(library->upload(permit(gate::Operation::MediaUpload),
                                     media::UploadedFile{source, text.size(), "text/plain", "notes.txt"}));
    EXPECT_TRUE(id);
    return *id;
  }
  // The code of the refusal; empty when it can be had.
  std::string download(const media::MediaId& id) {
    auto opened = executor.run(library->open(permit(gate::Operation::MediaDownload), id, Milliseconds(0)));
    return opened ? "" : std::string(opened.error().reason());
  }
  void maintain() { EXPECT_TRUE(executor.run(library->maintain())); }

  ManualClock clock;
  SystemClock real_clock;
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
  std::unique_ptr<Records> records;
  WordJudge judge;
  sandbox::Sandbox documents{
      {.clock = real_clock, .metrics = metrics, .log = Logger::silent()},
      {.program = KURAMORI_DOCUMENTS,
       .job = "extract",
       .limits = {.wall_time = std::chrono::minutes(2), .start_time = std::chrono::minutes(2)}}};
  std::unique_ptr<FileInspector> inspector;
  std::unique_ptr<media::Library> library;
};

TEST_F(FileInspectorTest, ReleasesHoldsAndRemoves) {
  struct Case {
    const char* text;
    const char* state;
    const char* refusal;
  };
  for (const Case& test :
       {Case{"an ordinary text", "released", ""}, Case{"a secret text", "held", "M_NOT_YET_UPLOADED"},
        Case{"a virus text", "removed", "M_NOT_FOUND"}}) {
    const media::MediaId id = upload(test.text);
    EXPECT_EQ(download(id), "M_NOT_YET_UPLOADED") << test.text;
    maintain();
    EXPECT_EQ(download(id), test.refusal) << test.text;
    auto record = executor.run(records->find(id));
    ASSERT_TRUE(record && *record);
    EXPECT_EQ((*record)->state, test.state);
    if ((*record)->state == "removed") {
      EXPECT_TRUE((*record)->findings.empty());
    } else {
      EXPECT_EQ(json::string_or((*record)->findings, "media_type", ""), "text/plain");
    }
  }
  EXPECT_EQ(judge.seen.declared_type, "text/plain");
}

TEST_F(FileInspectorTest, KeepsWhoHasToApproveBesideWhatWasFound) {
  const media::MediaId id = upload("a secret text");
  maintain();
  auto found = executor.run(records->find(id));
  ASSERT_TRUE(found && *found);
  const InspectionRecord& record = **found;
  ASSERT_TRUE(record.hold);
  EXPECT_EQ(record.hold->rules, std::vector<std::string>{"words"});
  EXPECT_EQ(json::serialize(record.hold->obligations), R"([{"chain":["owner"]}])");
  EXPECT_EQ(record.uploader, UserId("@aiko:example.org"));
  EXPECT_EQ(json::serialize(*json::object_at(record.findings, "found")), R"({"secret_words":1})");
  EXPECT_EQ(json::serialize(record.findings).find("owner"), std::string::npos)
      << "who approves is no finding";
  const media::MediaId plain = upload("an ordinary text");
  maintain();
  EXPECT_FALSE((*executor.run(records->find(plain)))->hold);
}

TEST_F(FileInspectorTest, AHeldFileIsNotAskedAboutAgainUntilSomebodyWantsIt) {
  const media::MediaId id = upload("a secret text");
  maintain();
  judge.seen = {};
  maintain();
  EXPECT_EQ(judge.seen.bytes, 0U);
  EXPECT_TRUE(executor.run(library->examine_again(permit(gate::Operation::MediaRemove), id)));
  maintain();
  EXPECT_EQ(judge.seen.bytes, 13U);
  EXPECT_EQ(download(id), "M_NOT_YET_UPLOADED");
  EXPECT_TRUE(executor.run(library->release(permit(gate::Operation::MediaRemove), id)));
  EXPECT_EQ(download(id), "");
}

TEST_F(FileInspectorTest, AScannerThatIsDownKeepsFilesBackOrNotAsConfigured) {
  const Clamd absent({.address = "unix:/nonexistent/clamd.ctl"}, real_clock);
  make(&absent);
  const media::MediaId held = upload("an ordinary text");
  maintain();
  EXPECT_EQ(download(held), "M_NOT_YET_UPLOADED");
  make(&absent, WhenScannerIsDown::Release);
  maintain();
  EXPECT_EQ(download(held), "");
  EXPECT_TRUE(judge.seen.is_scanner_down);
}

}  // namespace
}  // namespace kuramori::inspection
