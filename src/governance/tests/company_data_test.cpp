// What companies bring: tables of rows, documents, large dictionaries; and the test bench.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "governance/company_data.hpp"
#include "governance/document_fingerprints.hpp"
#include "governance/exact_data_match.hpp"
#include "governance/normalise.hpp"
#include "governance/test_bench.hpp"

namespace kuramori::governance {
namespace {

crypto::ShortHash test_hash(std::uint8_t octet = 7) {
  std::array<std::uint8_t, 32> key{};
  key.fill(octet);
  return crypto::ShortHash(crypto::SecretKey(key));
}

constexpr std::string_view kCustomers =
    "name,phone,mail\r\n"
    "陳大文,91234567,chan@example.org\r\n"
    "\"Smith, John\",+852 6123 4567,\"john@example.com\"\r\n"
    "Maria Garcia,51234567,\r\n";

ExactDataMatch customers() {
  ExactDataImport import(test_hash());
  // In pieces of every size: quotes and line ends fall between them.
  for (std::size_t i = 0; i < kCustomers.size(); i += 3) import.feed(kCustomers.substr(i, 3));
  EXPECT_EQ(import.bad_lines_total(), 0U);
  auto table = import.finish();
  EXPECT_TRUE(table.has_value());
  return *std::move(table);
}

std::vector<std::uint32_t> rows_in(const ExactDataMatch& table, std::string_view text) {
  std::vector<ExactDataHit> hits;
  table.find(normalised(text), {.characters = 60}, 100, hits);
  std::vector<std::uint32_t> rows;
  for (const auto& hit : hits) rows.push_back(hit.row);
  return rows;
}

TEST(ExactDataMatch, TwoColumnsOfOneRowNearEachOtherAreAHit) {
  const ExactDataMatch table = customers();
  using ::testing::ElementsAre;
  using ::testing::IsEmpty;
  EXPECT_THAT(rows_in(table, "客戶陳大文,電話9123 4567"), ElementsAre(0));
  EXPECT_THAT(rows_in(table, "chan@example.org / 9123-4567"), ElementsAre(0));
  EXPECT_THAT(rows_in(table, "JOHN@EXAMPLE.COM is smith john"), ElementsAre(1));
  EXPECT_THAT(rows_in(table, "Ｍａｒｉａ Garcia 51234567"), ElementsAre(2));
  EXPECT_THAT(rows_in(table, "陳大文"), IsEmpty());                                       // one column
  EXPECT_THAT(rows_in(table, "陳大文 51234567"), IsEmpty());                              // of different rows
  EXPECT_THAT(rows_in(table, "陳大文" + std::string(100, '.') + "91234567"), IsEmpty());  // far
  EXPECT_THAT(rows_in(table, "Mariah Garcia 512345678"), IsEmpty());
}

TEST(ExactDataMatch, BadLinesAreToldAndTheRestIsRead) {
  ExactDataImport import(test_hash(), {.columns_max = 3, .field_bytes_max = 20});
  import.feed("name,phone\nAlice Wong,91234567\nonly one\n\"x\"y,1234\n" + std::string(30, 'a') +
              ",12345678\nBob Li Ming,61234567\n,\n\"never closed,1\n");
  auto table = import.finish();
  ASSERT_TRUE(table.has_value());
  EXPECT_EQ(import.rows(), 2U);
  EXPECT_EQ(table->values(), 4U);
  std::vector<std::size_t> lines;
  for (const BadLine& bad : import.bad_lines()) lines.push_back(bad.line);
  EXPECT_THAT(lines, ::testing::ElementsAre(3, 4, 5, 7, 8));
  ExactDataImport empty(test_hash());
  EXPECT_FALSE(empty.finish().has_value());
}

TEST(ExactDataMatch, AsManyColumnsAsAreAskedForCount) {
  const ExactDataMatch table = customers();
  const auto found = [&](std::string_view text, ExactDataQuery query) {
    std::vector<ExactDataHit> hits;
    table.find(normalised(text), query, 100, hits);
    return hits.size();
  };
  constexpr std::string_view kAll = "陳大文 chan@example.org 91234567";
  EXPECT_EQ(found(kAll, {.least = 3}), 1U);
  EXPECT_EQ(found("陳大文 91234567", {.least = 3}), 0U);
  EXPECT_EQ(found("陳大文 陳大文 91234567 91234567", {.least = 3}), 0U);  // different ones
  EXPECT_EQ(found("call 91234567", {.least = 1}), 1U);
  EXPECT_EQ(found(kAll, {.least = 0}), 0U);
  // Between the first and the last, not from one to the next.
  const std::string apart =
      "陳大文" + std::string(50, '.') + "91234567" + std::string(50, '.') + "chan@example.org";
  EXPECT_EQ(found(apart, {.least = 3, .characters = 60}), 0U);
  EXPECT_EQ(found(apart, {.least = 3, .characters = 120}), 1U);
  const std::vector<std::string> names{"name", "mail", "none"};
  EXPECT_EQ(table.columns_named(names), 0b101U);
  EXPECT_EQ(found("陳大文 91234567", {.columns = table.columns_named(names)}), 0U);
  EXPECT_EQ(found("陳大文 chan@example.org", {.columns = table.columns_named(names)}), 1U);
}

TEST(ExactDataMatch, TheFirstLineTellsWhatSeparates) {
  for (const std::string_view csv :
       {"name\tphone\nA, B Ltd\t91234567\n", "name;phone\nA, B Ltd;91234567\n",
        "\"name\";phone\nA, B Ltd;91234567\n", "name,phone\n\"A, B Ltd\",91234567\n"}) {
    ExactDataImport import(test_hash());
    import.feed(csv);
    const auto table = import.finish();
    ASSERT_TRUE(table.has_value()) << csv;
    EXPECT_EQ(import.bad_lines_total(), 0U) << csv;
    EXPECT_EQ(rows_in(*table, "A, B Ltd. 9123 4567").size(), 1U) << csv;
  }
}

TEST(CompanyData, IsStoredAndReadAgain) {
  const ExactDataMatch table = customers();
  const Bytes stored = encode(table);
  const auto again = decode_table(test_hash(), stored);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->columns(), table.columns());
  EXPECT_EQ(rows_in(*again, "客戶陳大文,電話9123 4567"), rows_in(table, "客戶陳大文,電話9123 4567"));
  EXPECT_TRUE(rows_in(*decode_table(test_hash(8), stored), "客戶陳大文,電話9123 4567").empty());
  for (std::size_t size = 0; size < stored.size(); ++size)
    EXPECT_FALSE(decode_table(test_hash(), ByteView(stored).first(size)).has_value()) << size;
  Bytes odd = stored;
  odd.push_back(0);
  EXPECT_FALSE(decode_table(test_hash(), odd).has_value());
  EXPECT_FALSE(decode_set(test_hash(), stored).has_value());
}

TEST(CompanyData, WhatIsMissingIsTold) {
  const auto missing = [](const char* detector) {
    CompanyData data;
    data.tables["customers"] = std::make_shared<const ExactDataMatch>(customers());
    const auto document = parse_policy_or_error(
        std::string(R"({"format":1,"name":"m","rules":[],"detectors":[)") + detector + "]}");
    EXPECT_TRUE(document.has_value()) << document.error().message();
    const auto all = missing_of(*document, data);
    return all.empty() ? std::string() : all.front();
  };
  using ::testing::HasSubstr;
  EXPECT_EQ(missing(R"({"id":"c","exact_data":{"table":"customers"}})"), "");
  EXPECT_EQ(missing(R"({"id":"c","exact_data":{"table":"customers","columns":["mail","name"],"least":2}})"),
            "");
  EXPECT_THAT(missing(R"({"id":"c","exact_data":{"table":"clients"}})"),
              HasSubstr("'clients', which does not exist"));
  EXPECT_THAT(missing(R"({"id":"c","exact_data":{"table":"customers","columns":["fax","name"]}})"),
              HasSubstr("'fax', which the table 'customers' does not have; it has 'name', 'phone', 'mail'"));
  EXPECT_THAT(missing(R"({"id":"c","exact_data":{"table":"customers","least":4}})"),
              HasSubstr("asks for 4 columns"));
  EXPECT_THAT(missing(R"({"id":"m","fingerprints":{"set":"merger"}})"),
              HasSubstr("set of documents 'merger'"));
}

TEST(ExactDataMatch, AnotherKeyFindsNothingOfTheSameHashes) {
  ExactDataImport import(test_hash(1));
  import.feed(kCustomers);
  const auto table = *import.finish();
  EXPECT_EQ(table.values(), customers().values());
}

std::string paragraph(int seed) {
  constexpr const char* kWords[] = {"merger",  "price",   "board", "of",     "directors", "agreed",
                                    "to",      "acquire", "all",   "shares", "in",        "autumn",
                                    "subject", "review",  "by",    "the",    "authority", "offer"};
  std::string text;
  unsigned state = static_cast<unsigned>(seed) * 2654435761u + 1;
  for (int i = 0; i < 120; ++i) {
    state = state * 1664525u + 1013904223u;
    text += kWords[state >> 16 & 15] + std::to_string(state >> 28) + (i % 12 == 11 ? ". " : " ");
  }
  return text;
}

TEST(DocumentFingerprints, FindAPastedPassageInSpiteOfSmallChanges) {
  DocumentFingerprints documents(test_hash());
  ASSERT_TRUE(documents.add("plan", paragraph(1)).has_value());
  ASSERT_TRUE(documents.add("other", paragraph(2)).has_value());
  std::string chinese;
  for (int i = 0; i < 40; ++i)
    chinese += "本公司擬於第" + std::to_string(i * 7919) + "季收購目標公司全部股份,";
  ASSERT_TRUE(documents.add("收購", normalised(chinese)).has_value());
  documents.seal();
  const std::string passage = paragraph(1).substr(100, 400);
  auto found = documents.find("As said: " + passage + " Regards");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].document, "plan");
  EXPECT_GT(found[0].share, 0.3);
  EXPECT_LT(found[0].begin, 30U);
  // Retyped: other spaces and case, some words changed.
  std::string retyped = passage;
  for (std::size_t i = 0; i < retyped.size(); ++i) {
    if (retyped[i] == ' ' && i % 3 == 0) retyped[i] = '\n';
    if (i % 2 == 0 && retyped[i] >= 'a' && retyped[i] <= 'z') retyped[i] = static_cast<char>(retyped[i] - 32);
  }
  for (const std::size_t at : {60U, 200U, 330U}) retyped.replace(at, 3, "xyz");
  found = documents.find(retyped);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].document, "plan");
  EXPECT_EQ(documents.find(normalised(chinese.substr(300, 600))).front().document, "收購");
  EXPECT_TRUE(documents.find(paragraph(3)).empty());
  const auto stored = decode_set(test_hash(), encode(documents));
  ASSERT_TRUE(stored.has_value());
  EXPECT_EQ(stored->find(retyped).front().share, documents.find(retyped).front().share);
  EXPECT_TRUE(documents.find("short").empty());
  EXPECT_TRUE(documents.find("").empty());
}

TEST(DocumentFingerprints, AreBounded) {
  DocumentFingerprints documents(
      test_hash(), {.documents_max = 1, .document_bytes_max = 10'000, .fingerprints_max = 1000});
  EXPECT_FALSE(documents.add("short", "too short").has_value());
  EXPECT_FALSE(documents.add("large", std::string(20'000, 'x')).has_value());
  EXPECT_FALSE(documents.add("same", std::string(5'000, 'x')).has_value());  // one shingle alone
  EXPECT_TRUE(documents.add("one", paragraph(1)).has_value());
  EXPECT_FALSE(documents.add("two", paragraph(2)).has_value());
}

TEST(TestBench, LooksIntoTablesAndDocuments) {
  auto document = parse_policy_or_error(R"({"format":1,"name":"b","detectors":[
    {"id":"customers","exact_data":{"table":"customers"}},{"id":"plan","fingerprints":{"set":"plans","share":0.2}}],"rules":[]})");
  ASSERT_TRUE(document.has_value()) << document.error().message();
  CompanyData data;
  data.tables["customers"] = std::make_shared<const ExactDataMatch>(customers());
  DocumentFingerprints plans(test_hash());
  ASSERT_TRUE(plans.add("plan", paragraph(1)).has_value());
  plans.seal();
  data.sets["plans"] = std::make_shared<const DocumentFingerprints>(std::move(plans));
  const auto bench = *TestBench::create(*document, data);
  const auto rows = *bench->inspect("Ｍａｒｉａ Garcia, 5123-4567");
  const auto row = std::ranges::find(rows, "customers", &BenchFinding::detector);
  ASSERT_NE(row, rows.end());
  EXPECT_EQ(row->text, "Ｍａｒｉａ Garcia, 5123-4567");
  EXPECT_EQ(row->reasons, "columns of one row of the table 'customers'");
  const auto passages = *bench->inspect(paragraph(1).substr(50, 500));
  EXPECT_NE(std::ranges::find(passages, "plan", &BenchFinding::detector), passages.end());
  // Without them it finds nothing, and says nothing else.
  EXPECT_TRUE(TestBench::create(*document).value()->inspect(paragraph(1).substr(50, 100)).has_value());
}

TEST(TestBench, TellsWhereAndWhy) {
  auto document = parse_policy_or_error(R"({"format":1,"name":"b",
    "detectors":[{"id":"badge","pattern":"EMP-[0-9]{4}"}],"dictionaries":[{"id":"projects","terms":["蒼鷺計畫"]}],"rules":[]})");
  ASSERT_TRUE(document.has_value());
  const auto bench = *TestBench::create(*std::move(document));
  const auto findings = *bench->inspect("護照 Ｅ12345678,EMP-1234 蒼鷺計畫");
  ASSERT_EQ(findings.size(), 3U);
  EXPECT_EQ(findings[0].detector, "prc_passport");
  EXPECT_EQ(findings[0].text, "Ｅ12345678");
  EXPECT_EQ(findings[0].begin_character, 3U);
  EXPECT_EQ(findings[0].end_character, 12U);
  EXPECT_EQ(findings[0].confidence, Confidence::Medium);
  EXPECT_THAT(findings[0].reasons, ::testing::HasSubstr("護照"));
  EXPECT_EQ(findings[1].detector, "badge");
  EXPECT_EQ(findings[2].detector, "projects");
}

}  // namespace
}  // namespace kuramori::governance
