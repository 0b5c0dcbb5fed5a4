#include "audit/export.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "audit/csv.hpp"
#include "audit/offline_verifier.hpp"
#include "audit/tests/record_fixture.hpp"
#include "base/text.hpp"

namespace kuramori::audit {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Export : public ::testing::TestWithParam<ExportFormat> {
 protected:
  void make(std::size_t count) {
    record.fill(count);
    record.flush();
  }
  std::string text_of(ExportRequest request) {
    std::string text;
    const auto sink = [&text](std::string_view lines) -> Result<void> {
      text += lines;
      return {};
    };
    request.format = GetParam();
    range = *export_record(record.store(), record.keys(), record.log().signer(), std::move(request), sink);
    return text;
  }
  std::string all(PersonalDetail personal = PersonalDetail::Withhold) {
    return text_of({.from = from_unix_ms(0),
                    .to = record.clock().now() + Milliseconds(1),
                    .personal = personal,
                    .progress = {}});
  }
  FileReport verify(const std::string& text, bool trusting = true) {
    std::istringstream in(text);
    FileVerification options;
    if (trusting) options.trusted = record.log().public_key();
    return *verify_stream(in, std::move(options));
  }
  // The lines with their ends; of CSV too, for no field of these tests but the header's holds one.
  std::vector<std::string> lines_of(const std::string& text) {
    std::istringstream in(text);
    ExportReader reader(in);
    std::vector<std::string> lines;
    for (auto raw = *reader.next(); raw; raw = *reader.next()) lines.push_back(std::move(raw->text));
    return lines;
  }
  static std::string join(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += line;
    return text;
  }
  std::size_t first_entry_line() const { return GetParam() == ExportFormat::Csv ? 2 : 1; }
  static bool has(const FileReport& report, FindingKind kind, std::uint64_t first, std::uint64_t last) {
    return std::ranges::any_of(report.findings.list(), [&](const Finding& finding) {
      return finding.kind == kind && finding.first == first && finding.last == last;
    });
  }
  static bool has(const FileReport& report, FindingKind kind) {
    return std::ranges::any_of(report.findings.list(),
                               [&](const Finding& finding) { return finding.kind == kind; });
  }

  Record record;
  ExportRange range;
};

INSTANTIATE_TEST_SUITE_P(Formats, Export, ::testing::Values(ExportFormat::JsonLines, ExportFormat::Csv),
                         [](const auto& info) {
                           return info.param == ExportFormat::Csv ? "Csv" : "JsonLines";
                         });

TEST_P(Export, RoundTrip) {
  make(700);
  const FileReport report = verify(all());
  EXPECT_TRUE(report.intact()) << report.findings.list().front().text;
  EXPECT_EQ(report.entries, 700U);
  EXPECT_TRUE(report.key_trusted);
  EXPECT_EQ(report.checkpoint, record.log().checkpoint()->checkpoint);
  EXPECT_EQ(report.range, range);
  const FileReport untrusting = verify(all(), false);
  EXPECT_TRUE(untrusting.intact());
  EXPECT_FALSE(untrusting.key_trusted);
}

TEST_P(Export, OfATimeRange) {
  make(300);
  std::vector<std::uint64_t> progress;
  const std::string text =
      text_of({.from = from_unix_ms(record.stored(100).time_ms),
               .to = from_unix_ms(record.stored(260).time_ms),
               .progress = [&](std::uint64_t done, std::uint64_t) { progress.push_back(done); },
               .entries_per_snapshot = 50});
  EXPECT_EQ(range.first, 100U);
  EXPECT_EQ(range.count, 160U);
  EXPECT_EQ(progress, (std::vector<std::uint64_t>{50, 100, 150, 160}));
  const FileReport report = verify(text);
  EXPECT_TRUE(report.intact()) << report.findings.list().front().text;
  EXPECT_EQ(report.entries, 160U);
  const FileReport empty = verify(text_of({.from = from_unix_ms(0), .to = from_unix_ms(5), .progress = {}}));
  EXPECT_TRUE(empty.intact());
  EXPECT_EQ(empty.entries, 0U);
}

TEST_P(Export, LeavesOutWhatNoCheckpointCovers) {
  make(20);
  record.fill(5);
  EXPECT_EQ(verify(all()).entries, 20U);
}

TEST_P(Export, OpensThePersonalPartOnRequestUntilThePersonIsErased) {
  Entry entry = Record::entry("@alice:example.org");
  entry.personal["display_name"] = "=cmd|' /C calc'!A0";
  ASSERT_TRUE(record.append(entry));
  record.flush();
  EXPECT_THAT(all(), Not(HasSubstr("alice")));
  const std::string open = all(PersonalDetail::Include);
  EXPECT_THAT(open, HasSubstr("@alice:example.org"));
  EXPECT_THAT(open, HasSubstr("192.0.2.7"));
  EXPECT_TRUE(verify(open).intact());

  storage::UnitOfWork erasure;
  record.keys().destroy_in(erasure, crypto::KeyScope::Person, "@alice:example.org");
  ASSERT_TRUE(record.commit(std::move(erasure)));
  record.keys().forget(crypto::KeyScope::Person, "@alice:example.org");
  record.recorder().forget(UserId("@alice:example.org"));
  const std::string erased = all(PersonalDetail::Include);
  EXPECT_THAT(erased, Not(HasSubstr("alice")));
  EXPECT_THAT(erased, HasSubstr("erased"));
  EXPECT_TRUE(verify(erased).intact());
}

TEST_P(Export, NamesAnAlteredEntry) {
  make(50);
  std::string text = all();
  const std::size_t at = text.find("$event31");
  text.replace(at, 8, "$event13");
  const FileReport report = verify(text);
  EXPECT_TRUE(has(report, FindingKind::Altered, 31, 31));
  EXPECT_TRUE(has(report, FindingKind::Inconsistent));
}

TEST_P(Export, NamesAnEntryThatWasAlteredWithItsHash) {
  make(50);
  std::vector<std::string> lines = lines_of(all());
  // Entry 8's octets and hash put under the number 9, with the proof of 9.
  const auto parsed_at = [&](std::size_t line) {
    std::istringstream in(join(lines));
    ExportReader reader(in);
    for (std::size_t i = 0; i < line; ++i) EXPECT_TRUE(reader.next());
    return std::get<ExportEntry>(**reader.parse(**reader.next()));
  };
  ExportEntry forged = parsed_at(first_entry_line() + 9);
  const ExportEntry other = parsed_at(first_entry_line() + 8);
  forged.entry = other.entry;
  forged.leaf = other.leaf;
  lines[first_entry_line() + 9] = ExportWriter(GetParam()).entry(forged);
  EXPECT_TRUE(has(verify(join(lines)), FindingKind::Altered, 9, 9));
}

TEST_P(Export, NamesRemovedEntries) {
  make(50);
  std::vector<std::string> lines = lines_of(all());
  const auto begin = lines.begin() + static_cast<std::ptrdiff_t>(first_entry_line());
  std::vector<std::string> middle = lines;
  middle.erase(middle.begin() + (begin - lines.begin()) + 20, middle.begin() + (begin - lines.begin()) + 23);
  EXPECT_TRUE(has(verify(join(middle)), FindingKind::Missing, 20, 22));
  std::vector<std::string> head = lines;
  head.erase(head.begin() + (begin - lines.begin()));
  EXPECT_TRUE(has(verify(join(head)), FindingKind::Missing, 0, 0));
  std::vector<std::string> tail = lines;
  tail.erase(tail.end() - 3, tail.end() - 1);
  EXPECT_TRUE(has(verify(join(tail)), FindingKind::Missing, 48, 49));
}

TEST_P(Export, NamesReorderedAndRepeatedEntries) {
  make(50);
  const std::vector<std::string> lines = lines_of(all());
  std::vector<std::string> swapped = lines;
  std::swap(swapped[first_entry_line() + 5], swapped[first_entry_line() + 40]);
  const FileReport report = verify(join(swapped));
  EXPECT_TRUE(has(report, FindingKind::Reordered, 5, 5));
  EXPECT_FALSE(has(report, FindingKind::Missing));
  EXPECT_LE(report.findings.total(), 5U);
  std::vector<std::string> repeated = lines;
  repeated.insert(repeated.begin() + static_cast<std::ptrdiff_t>(first_entry_line()) + 9,
                  repeated[first_entry_line() + 8]);
  EXPECT_TRUE(has(verify(join(repeated)), FindingKind::Reordered, 8, 8));
}

TEST_P(Export, NoticesThatItWasCutOff) {
  make(50);
  std::vector<std::string> lines = lines_of(all());
  std::string text = join(lines);
  EXPECT_FALSE(verify(text.substr(0, text.size() - 1)).intact());
  lines.pop_back();
  EXPECT_TRUE(has(verify(join(lines)), FindingKind::Truncated));
  text = join(lines);
  EXPECT_TRUE(has(verify(text.substr(0, text.size() / 2)), FindingKind::Truncated));
  EXPECT_TRUE(has(verify(""), FindingKind::Malformed));
  lines.push_back("junk\r\n");
  EXPECT_TRUE(has(verify(join(lines)), FindingKind::Malformed));
}

TEST_P(Export, NoticesAChangedHeaderEndAndPersonalPart) {
  make(20);
  const std::string text = all(PersonalDetail::Include);
  std::vector<std::string> lines = lines_of(text);
  std::vector<std::string> headless = lines;
  headless.erase(headless.begin() + static_cast<std::ptrdiff_t>(first_entry_line()) - 1);
  EXPECT_TRUE(has(verify(join(headless)), FindingKind::Malformed));

  std::string personal = text;
  personal.replace(personal.find("192.0.2.7"), 9, "192.0.2.8");
  EXPECT_TRUE(has(verify(personal), FindingKind::Inconsistent));

  std::string counted = text;
  const std::string quote = GetParam() == ExportFormat::Csv ? "\"\"" : "\"";
  const std::string count = quote + "count" + quote + ":20";
  counted.replace(counted.find(count), count.size(), quote + "count" + quote + ":19");
  EXPECT_TRUE(has(verify(counted), FindingKind::Inconsistent));

  Record other;  // another log, another key
  other.fill(20);
  other.flush();
  std::istringstream in(text);
  EXPECT_TRUE(has(
      *verify_stream(
          in, {.trusted = NoteKey{"example.net/kuramori-log", other.signing().public_key()}, .progress = {}}),
      FindingKind::BadSignature));
  std::string note = text;
  note.replace(note.find("example.org/kuramori-log"), 11, "example.net");
  EXPECT_TRUE(has(verify(note), FindingKind::BadSignature));

  std::vector<std::string> extended = lines;
  extended.push_back(lines[first_entry_line()]);
  EXPECT_TRUE(has(verify(join(extended)), FindingKind::Malformed));
}

// Any octet of the file, changed in any way, is noticed.
TEST_P(Export, NoticesEveryChangedOctet) {
  make(2);
  const std::string text = all(PersonalDetail::Include);
  for (std::size_t at = 0; at < text.size(); at += 1 + at % 3) {
    std::string changed = text;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(verify(changed).intact()) << at << ": " << text.substr(at > 20 ? at - 20 : 0, 40);
  }
}

TEST_P(Export, OfAStoreThatWasTamperedWithTellsSo) {
  make(60);
  EntryRow row = record.stored(13);
  row.bytes[30] ^= 1;
  record.replace(row);
  record.remove(50);
  const FileReport report = verify(all());
  EXPECT_TRUE(has(report, FindingKind::Altered, 13, 13));
  EXPECT_TRUE(has(report, FindingKind::Missing, 50, 50));
}

TEST_P(Export, StopsWhenTheSinkDoes) {
  make(5);
  const auto full = [](std::string_view) -> Result<void> { return unavailable("The disk is full.", "test"); };
  EXPECT_FALSE(export_record(record.store(), record.keys(), record.log().signer(),
                             {.from = from_unix_ms(0), .to = record.clock().now(), .progress = {}}, full));
  EXPECT_FALSE(export_record(record.store(), record.keys(), record.log().signer(),
                             {.from = from_unix_ms(5), .to = from_unix_ms(5), .progress = {}}, full));
}

TEST(Proof, OfOneEntryStandsForItself) {
  Record record;
  record.fill(200);
  record.flush();
  record.fill(1);
  const std::string proof = *prove_entry(record.store(), record.log().public_key(), 123);
  const TemporaryDirectory directory;
  std::ofstream(directory.path() / "proof.json") << proof;
  const FileReport report =
      *verify_file(directory.path() / "proof.json", {.trusted = record.log().public_key(), .progress = {}});
  EXPECT_TRUE(report.intact()) << report.findings.list().front().text;
  EXPECT_EQ(report.entries, 1U);
  EXPECT_EQ(report.range.first, 123U);
  for (std::size_t at = 0; at + 1 < proof.size(); at += 1 + at % 3) {
    std::string changed = proof;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    std::istringstream in(changed);
    EXPECT_FALSE(verify_stream(in, {.trusted = record.log().public_key(), .progress = {}})->intact()) << at;
  }
  EXPECT_FALSE(prove_entry(record.store(), record.log().public_key(), 200));
  EXPECT_FALSE(verify_file(directory.path() / "none", {}));
}

TEST(Csv, IsSafeForSpreadsheetsAndReadsBack) {
  const std::vector<std::string> fields = {"",
                                           "plain",
                                           "=1+1",
                                           "+1",
                                           "-1",
                                           "@SUM(A1)",
                                           "\tx",
                                           "\rx",
                                           "'x",
                                           "a\"b,c",
                                           "two\nlines",
                                           "\xEF\xBC\x9D"
                                           "1",
                                           "''=",
                                           "\""};
  std::string record;
  for (const std::string& field : fields) append_csv_field(record, field);
  EXPECT_EQ(record.substr(0, 32), R"("","plain","'=1+1","'+1","'-1",")");
  EXPECT_EQ(parse_csv_record(record), fields);
  for (const char* bad :
       {"", "x", "\"", "\"a\"b", "\"a\",", "\"a\",b", "\"=1\"", "\"'x\"", "\"a\"\"", ",\"a\""}) {
    EXPECT_FALSE(parse_csv_record(bad)) << bad;
  }
}

}  // namespace
}  // namespace kuramori::audit
