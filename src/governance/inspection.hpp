// Looks through content for what the detectors and dictionaries of one policy describe.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "governance/policy_document.hpp"
#include "json/json.hpp"

namespace kuramori::governance {

// One place where something was found.
struct Hit {
  std::uint32_t source;
  std::uint64_t value;  // tells distinct values apart
  std::uint32_t part;   // of the content's text parts
  std::uint32_t begin;  // octets of the part
  std::uint32_t end;
  std::string replacement;  // when masks were asked for
};

struct Inspection {
  std::vector<Hit> hits;
  std::vector<std::uint32_t> counts;  // distinct values by source; empty when nothing was found
  std::uint32_t count(std::uint32_t source) const { return source < counts.size() ? counts[source] : 0; }
};

enum class Masks : bool { No, Yes };

class Inspector {
 public:
  static constexpr std::size_t kHitsMax = 2000;

  // Only what enabled rules refer to is compiled. Resolves the `source` of their conditions.
  static Result<std::unique_ptr<Inspector>> compile(PolicyDocument& document);
  ~Inspector();

  std::size_t sources() const;
  const std::string& name(std::uint32_t source) const;  // the id in the policy
  const Explanation& display_name(std::uint32_t source) const;

  // Thread-safe.
  Result<Inspection> inspect(const json::Object& content, Masks masks) const;

 private:
  struct State;
  explicit Inspector(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// `content` with the hits of the wanted sources replaced.
json::Object mask(const json::Object& content, const Inspection& inspection,
                  const std::vector<std::uint32_t>& sources);

}  // namespace kuramori::governance
