// What a company's own detectors look for, by name: tables of rows and sets of documents, imported apart from
// the policy and known by keyed hashes alone. A value, shared and swapped whole.
//
//   auto data = std::make_shared<CompanyData>(*current);
//   data->tables["customers"] = std::make_shared<const ExactDataMatch>(*std::move(imported));
//   gate.swap_company_data(std::move(data));
//
// The stored form (`encode`, `decode_…`) is bounded and checked when it is read; it says nothing without the
// key.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "governance/document_fingerprints.hpp"
#include "governance/exact_data_match.hpp"
#include "governance/policy_document.hpp"

namespace kuramori::governance {

struct CompanyData {
  std::map<std::string, std::shared_ptr<const ExactDataMatch>, std::less<>> tables = {};
  std::map<std::string, std::shared_ptr<const DocumentFingerprints>, std::less<>> sets = {};
};

// What a detector asks for and `data` does not have, as a sentence that follows the detector's name; empty:
// all is there.
std::string missing_of(const CustomDetector& detector, const CompanyData& data);
// The same of all detectors of a policy, each with its detector's name.
std::vector<std::string> missing_of(const PolicyDocument& document, const CompanyData& data);

Bytes encode(const ExactDataMatch& table);
Bytes encode(const DocumentFingerprints& set);
// With the hash that the table was made with. Corrupt when the octets are not such a table.
Result<ExactDataMatch> decode_table(const crypto::ShortHash& hash, ByteView stored);
Result<DocumentFingerprints> decode_set(const crypto::ShortHash& hash, ByteView stored);

}  // namespace kuramori::governance
