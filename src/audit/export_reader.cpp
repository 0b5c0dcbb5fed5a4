#include "audit/csv.hpp"
#include "audit/export_columns.hpp"
#include "audit/export_format.hpp"
#include "base/text.hpp"
#include "crypto/base64.hpp"

namespace kuramori::audit {
namespace {

constexpr std::size_t kProofMax = 64;

Error not_a_line(std::string_view why) {
  return invalid_argument("This is not a line of an export: " + std::string(why) + ".");
}

Result<Hash> parse_hash(std::string_view text) {
  const auto bytes = crypto::from_base64(text);
  const auto hash = bytes ? to_hash(*bytes) : std::nullopt;
  if (!hash || crypto::to_base64_padded(*hash) != text) return not_a_line("a hash is malformed");
  return *hash;
}

Result<std::uint64_t> number(const json::Object& object, std::string_view key) {
  const std::int64_t value = json::integer_or(object, key, -1);
  if (value < 0) return not_a_line("\"" + std::string(key) + "\" is not a number");
  return static_cast<std::uint64_t>(value);
}

Result<ExportHeader> parse_header(const json::Object& object) {
  if (json::integer_or(object, "version", 0) != kExportVersion) {
    return Error(ErrorCode::Unsupported, "KURAMORI_EXPORT_VERSION",
                 "This export has a version that is not known here.");
  }
  ExportHeader header;
  header.checkpoint = json::string_or(object, "checkpoint", "");
  header.key = json::string_or(object, "key", "");
  return header;
}

Result<ExportHeader> parse_file_header(const json::Object& object) {
  KURAMORI_TRY(header, parse_header(object));
  KURAMORI_TRY(first, number(object, "first"));
  KURAMORI_TRY(count, number(object, "count"));
  const auto from = json::find(object, "from");
  const auto to = json::find(object, "to");
  if (from == nullptr || to == nullptr || !from->is_int64() || !to->is_int64())
    return not_a_line("it has no time range");
  header.range = {from->as_int64(), to->as_int64(), first, count};
  return header;
}

Result<ExportEntry> parse_json_entry(const json::Object& object) {
  ExportEntry entry;
  KURAMORI_TRY(index, number(object, "index"));
  entry.index = index;
  const json::Value* bytes = json::find(object, "entry");
  if (bytes == nullptr || !bytes->is_string()) return not_a_line("it holds no entry");
  entry.entry = json::view(bytes->as_string());
  KURAMORI_TRY(leaf, parse_hash(json::string_or(object, "leaf", "")));
  entry.leaf = leaf;
  const json::Array* proof = json::array_at(object, "proof");
  if (proof == nullptr || proof->size() > kProofMax) return not_a_line("it holds no proof");
  for (const json::Value& element : *proof) {
    if (!element.is_string()) return not_a_line("its proof is malformed");
    KURAMORI_TRY(hash, parse_hash(json::view(element.as_string())));
    entry.proof.push_back(hash);
  }
  return entry;
}

Result<ExportLine> parse_json_line(std::string_view text) {
  Result<json::Object> object = json::parse_object(text, {.bytes_max = kExportLineMax, .depth_max = 64});
  if (!object) return not_a_line("it is not a JSON object");
  const std::string_view type = json::string_or(*object, "type", "");
  if (type == kHeaderType) {
    KURAMORI_TRY(header, parse_file_header(*object));
    return ExportLine(std::move(header));
  }
  if (type == kEntryType) {
    KURAMORI_TRY(entry, parse_json_entry(*object));
    return ExportLine(std::move(entry));
  }
  if (type == kEndType) return ExportLine(ExportEnd{std::string(json::string_or(*object, "note", ""))});
  if (type == kProofType) {
    KURAMORI_TRY(header, parse_header(*object));
    KURAMORI_TRY(entry, parse_json_entry(*object));
    return ExportLine(ExportProof{std::move(header), std::move(entry)});
  }
  return not_a_line("its type is not known");
}

// What a person reads in a spreadsheet must be what was recorded. The personal columns are not in the tree;
// of `resource` and `detail` the recorded form may be only the kind when a person is named.
bool columns_agree(const std::vector<std::string>& fields, const ExportEntry& entry) {
  const std::vector<std::string> recorded = csv_fields(entry);
  const bool named = fields[export_column::Person] == to_string(PersonState::Named);
  for (std::size_t column = 0; column < export_column::Person; ++column) {
    const bool may_differ = named && (column == export_column::Resource || column == export_column::Detail);
    if (fields[column] != recorded[column] && !may_differ) return false;
  }
  return true;
}

Result<ExportLine> parse_csv_entry(std::vector<std::string> fields) {
  ExportEntry entry;
  const auto index = text::to_integer(fields[export_column::Index]);
  if (!index || *index < 0) return not_a_line("its index is not a number");
  entry.index = static_cast<std::uint64_t>(*index);
  KURAMORI_TRY(leaf, parse_hash(fields[export_column::Leaf]));
  entry.leaf = leaf;
  if (const std::string& proof = fields[export_column::Proof]; !proof.empty()) {
    for (const std::string_view part : text::split(proof, ' ')) {
      if (entry.proof.size() == kProofMax) return not_a_line("its proof is too long");
      KURAMORI_TRY(hash, parse_hash(part));
      entry.proof.push_back(hash);
    }
  }
  entry.entry = fields[export_column::Entry];
  entry.columns_agree = columns_agree(fields, entry);
  return ExportLine(std::move(entry));
}

// The signature at the end covers the lines before it; the end itself, and a proof, are therefore taken only
// as we write them.
Result<void> check_spelling(const ExportLine& line, std::string_view raw, ExportFormat format) {
  if (const auto* end = std::get_if<ExportEnd>(&line);
      end != nullptr && ExportWriter(format).end(*end) != raw) {
    return not_a_line("its end holds something else");
  }
  if (const auto* proof = std::get_if<ExportProof>(&line); proof != nullptr && write_proof(*proof) != raw) {
    return not_a_line("the proof holds something else");
  }
  return {};
}

}  // namespace

Result<std::optional<ExportReader::Raw>> ExportReader::next() {
  Raw raw;
  raw.line = line_ + 1;
  bool quoted = false;
  for (int c = in_.get(); c != std::istream::traits_type::eof(); c = in_.get()) {
    raw.text += static_cast<char>(c);
    if (raw.text.size() > kExportLineMax) {
      return Error(ErrorCode::TooLarge, "M_TOO_LARGE",
                   "Line " + std::to_string(raw.line) + " is too long for an export.");
    }
    // Only CSV begins with anything but a brace, and only there does a quoted field hold line ends.
    if (!format_) format_ = c == '{' ? ExportFormat::JsonLines : ExportFormat::Csv;
    if (c == '"') quoted = !quoted;
    if (c != '\n') continue;
    ++line_;
    if (*format_ == ExportFormat::JsonLines || !quoted) return std::optional(std::move(raw));
  }
  if (in_.bad()) return unavailable("The file cannot be read.", "stream error");
  if (raw.text.empty()) return std::optional<Raw>();
  ++line_;
  return std::optional(std::move(raw));
}

Result<std::optional<ExportLine>> ExportReader::parse(const Raw& raw) const {
  std::string_view text = raw.text;
  if (!text.ends_with('\n')) return not_a_line("it does not end");
  text.remove_suffix(1);
  if (format_ != ExportFormat::Csv) {
    KURAMORI_TRY(line, parse_json_line(text));
    KURAMORI_CHECK(check_spelling(line, raw.text, ExportFormat::JsonLines));
    return std::optional<ExportLine>(std::move(line));
  }
  if (!text.ends_with('\r')) return not_a_line("it does not end like a CSV record");
  text.remove_suffix(1);
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  auto fields = parse_csv_record(text);
  if (!fields || fields->size() != kExportColumns.size())
    return not_a_line("it is not a CSV record of an export");
  const std::string& type = (*fields)[export_column::Type];
  if (std::ranges::equal(*fields, kExportColumns)) return std::optional<ExportLine>();
  if (type == kEntryType) {
    KURAMORI_TRY(entry, parse_csv_entry(*std::move(fields)));
    return std::optional<ExportLine>(std::move(entry));
  }
  KURAMORI_TRY(line, parse_json_line((*fields)[export_column::Entry]));
  KURAMORI_CHECK(check_spelling(line, raw.text, ExportFormat::Csv));
  return std::optional<ExportLine>(std::move(line));
}

}  // namespace kuramori::audit
