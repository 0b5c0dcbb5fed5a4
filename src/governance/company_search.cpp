#include "governance/company_search.hpp"

namespace kuramori::governance {

BoundData CompanySearch::bind(const CompanyData& data) const {
  BoundData bound;
  for (const TableLook& look : tables_) {
    BoundData::Table& table = bound.tables.emplace_back();
    // A table that lacks what is asked of it would find nothing, and that must not pass for "nothing is
    // there".
    if (!missing_of({.id = {},
                     .description = {},
                     .pattern = {},
                     .validator = {},
                     .names = {},
                     .exact_data = look.use},
                    data)
             .empty()) {
      continue;
    }
    table.rows = data.tables.find(look.use.table)->second;
    table.columns =
        look.use.columns.empty() ? ~std::uint32_t{0} : table.rows->columns_named(look.use.columns);
  }
  for (const SetLook& look : sets_) {
    const auto found = data.sets.find(look.use.set);
    bound.sets.push_back(found == data.sets.end() ? nullptr : found->second);
  }
  return bound;
}

std::string_view CompanySearch::missing(const BoundData& bound) const {
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    if (i >= bound.tables.size() || bound.tables[i].rows == nullptr) return tables_[i].use.table;
  }
  for (std::size_t i = 0; i < sets_.size(); ++i) {
    if (i >= bound.sets.size() || bound.sets[i] == nullptr) return sets_[i].use.set;
  }
  return {};
}

std::string CompanySearch::reason(std::uint32_t source) const {
  for (const TableLook& look : tables_) {
    if (look.source == source) return "columns of one row of the table '" + look.use.table + "'";
  }
  for (const SetLook& look : sets_) {
    if (look.source == source) return "passages of a document of the set '" + look.use.set + "'";
  }
  return {};
}

void CompanySearch::search(std::string_view text, const BoundData& bound, const Found& found) const {
  thread_local std::vector<ExactDataHit> hits;
  for (std::size_t i = 0; i < tables_.size() && i < bound.tables.size(); ++i) {
    const BoundData::Table& table = bound.tables[i];
    if (table.rows == nullptr) continue;
    hits.clear();
    table.rows->find(
        text, {.columns = table.columns, .least = tables_[i].use.least, .characters = tables_[i].use.near},
        Inspector::kHitsMax, hits);
    for (const ExactDataHit& hit : hits) found(tables_[i].source, hit.row, {hit.begin, hit.end});
  }
  for (std::size_t i = 0; i < sets_.size() && i < bound.sets.size(); ++i) {
    if (bound.sets[i] == nullptr) continue;
    for (const DocumentMatch& match : bound.sets[i]->find(text)) {
      if (match.share >= sets_[i].use.share)
        found(sets_[i].source, std::hash<std::string>{}(match.document), {match.begin, match.end});
    }
  }
}

}  // namespace kuramori::governance
