// What a draft of the policy would have decided on what happened.
//
//   Simulator simulator(ports);
//   auto told = co_await simulator.simulate(std::move(permit), {.draft = draft, .from = monday, .to =
//   friday},
//                                           [](double fraction) { return true; });
//
// Reads on reader threads, evaluates on a worker, batch by batch; between two of them it looks whether it
// should stop: at its limit, after its time, or when `goes_on` says so. What it has by then it tells, with
// where to go on. One at a time: Exhausted for a second. Thread-safe.
#pragma once
#include <atomic>
#include <functional>
#include <memory>

#include "gate/gate.hpp"
#include "governance/compiled_policy.hpp"
#include "runtime/worker_pool.hpp"
#include "simulation/ports.hpp"
#include "simulation/report.hpp"

namespace kuramori::simulation {

struct Request {
  std::shared_ptr<const governance::CompiledPolicy> draft = {};
  Timestamp from{};
  Timestamp to{};
  std::size_t limit = 10'000;               // acts
  std::optional<std::uint64_t> after = {};  // "next" of an earlier answer
  Milliseconds time = std::chrono::hours(24);
};

class Simulator {
 public:
  static constexpr std::size_t kLimitMax = 1'000'000;
  struct Ports {
    storage::Reader& reader;
    storage::KeyRing& keys;
    gate::Gate& gate;
    runtime::WorkerPool& workers;
    const gate::OrganisationFacts* organisation = nullptr;  // null: nothing is known
    const gate::LinkJudge* links = nullptr;
    const gate::ContentOrigins* origins = nullptr;  // null: nothing comes from anywhere
    Roles& roles;
    const Clock& clock;
  };
  explicit Simulator(Ports ports) : ports_(ports) {}

  // Told between batches how far it is; false: stop.
  using GoesOn = std::function<bool(double fraction)>;
  // AdminPolicySimulate; recorded before anything is told. Report::to_json with "from_ms", "to_ms",
  // "complete", and "next" when there is more.
  runtime::Task<Result<json::Object>> simulate(gate::Permit permit, Request request, GoesOn goes_on);

 private:
  struct Run;
  runtime::Task<Result<void>> run(Run& run, const GoesOn& goes_on);
  runtime::Task<Result<void>> prepare(Run& run, const Batch& batch);
  Result<void> evaluate(Run& run, const Batch& batch) const;

  Ports ports_;
  std::atomic<bool> is_busy_ = false;
};

}  // namespace kuramori::simulation
