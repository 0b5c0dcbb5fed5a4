// The test bench over the policy in force and its tables: compiled once for each version of them, because a
// large dictionary takes a second. Thread-safe.
#pragma once
#include <memory>
#include <mutex>

#include "governance/compiled_policy.hpp"
#include "governance/test_bench.hpp"

namespace kuramori::api::admin {

class BenchOfPolicy {
 public:
  // Compiles when there is none of this version: on a worker.
  Result<std::shared_ptr<const governance::TestBench>> of(const governance::CompiledPolicy& policy);

 private:
  std::mutex mutex_;
  std::int64_t version_ = -1;
  std::shared_ptr<const governance::CompanyData> data_;
  std::shared_ptr<const governance::TestBench> bench_;
};

}  // namespace kuramori::api::admin
