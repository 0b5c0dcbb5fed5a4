#include "audit/csv.hpp"
#include "audit/export_columns.hpp"
#include "audit/export_format.hpp"
#include "base/assert.hpp"
#include "crypto/base64.hpp"

namespace kuramori::audit {
namespace {

json::Object header_object(const ExportHeader& header) {
  return {{"checkpoint", header.checkpoint},
          {"count", header.range.count},
          {"first", header.range.first},
          {"from", header.range.from_ms},
          {"key", header.key},
          {"to", header.range.to_ms},
          {"type", "header"},
          {"version", kExportVersion}};
}

void append_proof(std::string& out, const Proof& proof) {
  out += '[';
  for (const Hash& hash : proof) {
    if (out.back() != '[') out += ',';
    out += '"';
    out += crypto::to_base64_padded(hash);
    out += '"';
  }
  out += ']';
}

// The members from `entry` to `proof`, in the order of a canonical object.
void append_entry_members(std::string& out, const ExportEntry& entry) {
  out += "\"entry\":";
  json::append_string(out, entry.entry);
  out += ",\"index\":" + std::to_string(entry.index) + ",";
}

std::string proof_text(const Proof& proof) {
  std::string text;
  for (const Hash& hash : proof) {
    if (!text.empty()) text += ' ';
    text += crypto::to_base64_padded(hash);
  }
  return text;
}

}  // namespace

std::string_view to_string(PersonState state) {
  switch (state) {
    case PersonState::Named:
      return "named";
    case PersonState::Erased:
      return "erased";
    case PersonState::Withheld:
      return "withheld";
    case PersonState::Unreadable:
      return "unreadable";
    case PersonState::None:
      return "none";
  }
  ensure(false, "a person state out of range");
  return {};
}

std::string export_end_text(std::string_view origin, const ExportRange& range, const Hash& chain) {
  return "kuramori record export v1\n" + std::string(origin) + "\n" + std::to_string(range.from_ms) + " " +
         std::to_string(range.to_ms) + "\n" + std::to_string(range.first) + " " +
         std::to_string(range.count) + "\n" + crypto::to_base64_padded(chain) + "\n";
}

void LineChain::add(std::string_view line) {
  hash_ = crypto::sha256({ByteView(hash_), as_bytes(line)});
}

std::string ExportWriter::start() const {
  if (format_ == ExportFormat::JsonLines) return {};
  std::string out;
  for (const std::string_view column : kExportColumns) append_csv_field(out, column);
  return std::string(kByteOrderMark) + out + "\r\n";
}

// What is not an entry stands in the last column, as JSON.
std::string ExportWriter::row(std::string_view type, std::string_view content) const {
  if (format_ == ExportFormat::JsonLines) return std::string(content) + "\n";
  std::string out;
  append_csv_field(out, type);
  for (std::size_t i = 2; i < kExportColumns.size(); ++i) append_csv_field(out, "");
  append_csv_field(out, content);
  return out + "\r\n";
}

std::string ExportWriter::header(const ExportHeader& header) const {
  return row(kHeaderType, json::canonical(header_object(header)));
}

std::string ExportWriter::end(const ExportEnd& end) const {
  return row(kEndType, json::canonical(json::Object{{"note", end.note}, {"type", kEndType}}));
}

std::vector<std::string> csv_fields(const ExportEntry& entry) {
  const Result<StoredEntry> parsed = parse_entry(as_bytes(entry.entry));
  const StoredEntry fields =
      parsed ? *parsed : StoredEntry();  // a damaged entry has its octets and nothing else
  const auto personal = [&entry](std::string_view key) { return json::string_or(entry.personal, key, ""); };
  const json::Object* further = json::object_at(entry.personal, "personal");
  const auto or_sealed = [&](std::string_view sealed, const std::string& open) {
    return sealed.empty() ? std::string_view(open) : sealed;
  };
  return {std::string(kEntryType),
          std::to_string(entry.index),
          parsed ? to_rfc3339(fields.time) : std::string(),
          parsed ? std::string(to_string(fields.kind)) : std::string(),
          fields.operation,
          std::string(or_sealed(personal("resource"), fields.resource)),
          std::string(or_sealed(personal("detail"), fields.detail)),
          fields.outcome,
          fields.rule,
          std::to_string(fields.policy_version),
          fields.subject,
          std::string(to_string(entry.person)),
          std::string(personal("user")),
          std::string(personal("device")),
          std::string(personal("session")),
          std::string(personal("address")),
          std::string(personal("user_agent")),
          further == nullptr ? std::string() : json::canonical(*further),
          crypto::to_base64_padded(entry.leaf),
          proof_text(entry.proof),
          entry.entry};
}

std::string ExportWriter::entry(const ExportEntry& entry) const {
  std::string out;
  if (format_ == ExportFormat::Csv) {
    for (const std::string& field : csv_fields(entry)) append_csv_field(out, field);
    return out + "\r\n";
  }
  out.reserve(entry.entry.size() * 2 + entry.proof.size() * 48 + 512);
  out += '{';
  append_entry_members(out, entry);
  out += "\"leaf\":\"" + crypto::to_base64_padded(entry.leaf) + "\",\"person\":\"";
  out += to_string(entry.person);
  out += '"';
  if (entry.person == PersonState::Named) out += ",\"personal\":" + json::canonical(entry.personal);
  out += ",\"proof\":";
  append_proof(out, entry.proof);
  out += ",\"type\":\"entry\"}\n";
  return out;
}

std::string write_proof(const ExportProof& proof) {
  std::string out = "{\"checkpoint\":";
  json::append_string(out, proof.header.checkpoint);
  out += ',';
  append_entry_members(out, proof.entry);
  out += "\"key\":";
  json::append_string(out, proof.header.key);
  out += ",\"leaf\":\"" + crypto::to_base64_padded(proof.entry.leaf) + "\",\"proof\":";
  append_proof(out, proof.entry.proof);
  out += ",\"type\":\"proof\",\"version\":" + std::to_string(kExportVersion) + "}\n";
  return out;
}

}  // namespace kuramori::audit
