#include "backup/summary.hpp"

#include "backup/errors.hpp"

namespace kuramori::backup {
namespace {

json::Object rows_json(const Contents& contents) {
  json::Object rows;
  for (const auto& [table, count] : contents.rows) rows[table] = count;
  return rows;
}

json::Object contents_json(const Contents& contents) {
  json::Object object{{"files", contents.files}, {"file_octets", contents.file_octets}};
  object["rows"] = rows_json(contents);
  return object;
}

json::Object left_out_json(const LeftOut& left_out) {
  return {{"messages", left_out.messages},
          {"files", left_out.files},
          {"waiting", left_out.waiting},
          {"gone", left_out.gone}};
}

json::Object origin_json(const Origin& origin) {
  return {{"server", origin.server},
          {"version", origin.version},
          {"created_ms", origin.created_ms},
          {"migration", origin.migration},
          {"stream_position", origin.stream_position},
          {"record_entry", origin.record_entry}};
}

}  // namespace

std::int64_t Summary::rows() const {
  std::int64_t total = 0;
  for (const auto& [table, count] : contents.rows) total += count;
  return total;
}

json::Object to_json(const Summary& summary) {
  json::Object object = origin_json(summary.origin);
  object["rows"] = summary.rows();
  object["tables"] = rows_json(summary.contents);
  object["files"] = summary.contents.files;
  object["file_octets"] = summary.contents.file_octets;
  object["left_out"] = left_out_json(summary.left_out);
  return object;
}

std::string to_text(const Origin& origin) {
  return json::serialize(origin_json(origin));
}

Result<Origin> origin_from(std::string_view text) {
  const auto object = json::parse_object(text);
  if (!object) return not_understood("it does not say where it comes from");
  Origin origin{.server = std::string(json::string_or(*object, "server", "")),
                .version = std::string(json::string_or(*object, "version", "")),
                .created_ms = json::integer_or(*object, "created_ms", 0),
                .migration = json::integer_or(*object, "migration", 0),
                .stream_position = json::integer_or(*object, "stream_position", -1),
                .record_entry = json::integer_or(*object, "record_entry", -2)};
  if (origin.server.empty() || origin.migration < 1 || origin.stream_position < 0 || origin.record_entry < -1)
    return not_understood("it does not say where it comes from");
  return origin;
}

std::string end_text(const Summary& summary) {
  json::Object object = contents_json(summary.contents);
  object["left_out"] = left_out_json(summary.left_out);
  return json::serialize(object);
}

Result<void> read_end(std::string_view text, Contents& contents, LeftOut& left_out) {
  const Error bad = not_understood("it does not say what is in it");
  const auto object = json::parse_object(text);
  if (!object) return bad;
  const json::Object* rows = json::object_at(*object, "rows");
  const json::Object* missing = json::object_at(*object, "left_out");
  if (rows == nullptr || missing == nullptr) return bad;
  for (const auto& row : *rows) {
    if (!row.value().is_int64()) return bad;
    contents.rows[std::string(row.key())] = row.value().get_int64();
  }
  contents.files = json::integer_or(*object, "files", -1);
  contents.file_octets = json::integer_or(*object, "file_octets", -1);
  left_out = {.messages = json::integer_or(*missing, "messages", 0),
              .files = json::integer_or(*missing, "files", 0),
              .waiting = json::integer_or(*missing, "waiting", 0),
              .gone = json::integer_or(*missing, "gone", 0)};
  return {};
}

}  // namespace kuramori::backup
