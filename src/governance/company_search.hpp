// Looks for rows of imported tables and for imported documents in a normalised text. Which tables and sets
// these are is told by name when a policy is compiled, and what they hold when it is bound.
//
//   CompanySearch search;
//   search.add(7, ExactDataUse{.table = "customers"});
//   const BoundData bound = search.bind(data);
//   search.search(text, bound, [&](std::uint32_t source, std::uint64_t value, Span place) { … });
#pragma once
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "governance/inspection.hpp"

namespace kuramori::governance {

class CompanySearch {
 public:
  void add(std::uint32_t source, ExactDataUse use) { tables_.push_back({source, std::move(use)}); }
  void add(std::uint32_t source, FingerprintUse use) { sets_.push_back({source, std::move(use)}); }
  bool empty() const { return tables_.empty() && sets_.empty(); }

  BoundData bind(const CompanyData& data) const;
  // The name of what is asked for and not there; empty: everything is.
  std::string_view missing(const BoundData& bound) const;
  // Of one source; empty for one that is not the company's.
  std::string reason(std::uint32_t source) const;

  // `found` gets the source, what tells one row (document) from another, and where it stands. What is not
  // there is passed over: ask `missing` first.
  using Found = std::function<void(std::uint32_t source, std::uint64_t value, Span place)>;
  void search(std::string_view text, const BoundData& bound, const Found& found) const;

 private:
  struct TableLook {
    std::uint32_t source;
    ExactDataUse use;
  };
  struct SetLook {
    std::uint32_t source;
    FingerprintUse use;
  };
  std::vector<TableLook> tables_;
  std::vector<SetLook> sets_;
};

}  // namespace kuramori::governance
