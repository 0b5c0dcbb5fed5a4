#include "gate/detector_tables.hpp"
#include "json/json.hpp"

namespace kuramori::gate {

json::Object described(const DetectorTable& table) {
  json::Array parts;
  for (const std::string& part : table.parts) parts.emplace_back(part);
  const bool is_table = table.kind == DetectorTable::Kind::Table;
  json::Object told{{"name", table.name},       {"kind", to_string(table.kind)},
                    {"version", table.version}, {is_table ? "rows" : "documents", table.rows},
                    {"hashes", table.hashes},   {"created", to_rfc3339(table.created)}};
  told.emplace(is_table ? "columns" : "names", std::move(parts));
  if (!table.created_by.empty()) told.emplace("author", table.created_by.view());
  return told;
}

json::Object described(const TableImported& imported) {
  json::Object told = described(imported.table);
  json::Array lines;
  for (const governance::BadLine& bad : imported.bad_lines)
    lines.emplace_back(json::Object{{"line", bad.line}, {"problem", bad.message}});
  told.emplace("bad", imported.bad_lines_total);
  told.emplace("bad_lines", std::move(lines));
  return told;
}

}  // namespace kuramori::gate
