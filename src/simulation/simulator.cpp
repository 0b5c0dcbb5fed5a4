#include "simulation/simulator.hpp"

#include <algorithm>
#include <unordered_map>

#include "gate/counter_book.hpp"
#include "gate/surroundings_of_gate.hpp"
#include "simulation/origins.hpp"

namespace kuramori::simulation {

using runtime::Task;

struct Simulator::Run {
  explicit Run(Request wanted) : request(std::move(wanted)), after(request.after) {
    for (std::size_t i = 0; i < gate::kOperations; ++i)
      rules.push_back(request.draft->rules_for(gate::to_string(static_cast<gate::Operation>(i))));
  }
  double fraction(Timestamp reached) const {
    const auto whole = static_cast<double>((request.to - request.from).count());
    return std::clamp(static_cast<double>((reached - request.from).count()) / std::max(1.0, whole), 0.0, 1.0);
  }

  const Request request;
  std::vector<governance::RuleSelection> rules;
  std::shared_ptr<const audit::PersonDirectory> people;
  std::unordered_map<std::string, gate::Role> roles;
  gate::CounterBook counters;
  Report report;
  std::optional<std::uint64_t> after;
  std::size_t acts = 0;
  bool is_complete = false;
};

namespace {

class Busy {
 public:
  explicit Busy(std::atomic<bool>& flag) : flag_(flag), is_first_(!flag.exchange(true)) {}
  ~Busy() {
    if (is_first_) flag_ = false;
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
  bool is_first() const { return is_first_; }

 private:
  std::atomic<bool>& flag_;
  bool is_first_;
};

}  // namespace

Task<Result<json::Object>> Simulator::simulate(gate::Permit permit, Request request, GoesOn goes_on) {
  permit.require(gate::Operation::AdminPolicySimulate);
  if (request.draft == nullptr || request.from >= request.to || request.limit == 0)
    co_return invalid_argument("A simulation needs a draft, a time that is not empty, and a limit.");
  request.limit = std::min(request.limit, kLimitMax);
  request.draft = request.draft->with(ports_.gate.company_data());
  const Busy busy(is_busy_);
  if (!busy.is_first()) {
    co_return Error(ErrorCode::Exhausted, "M_LIMIT_EXCEEDED",
                    "Another simulation is under way; try again when it has ended.")
        .with_retry_after_ms(5'000);
  }
  Run run(std::move(request));
  gate::Outcome outcome{.detail = std::to_string(to_unix_ms(run.request.from)) + ".." +
                                  std::to_string(to_unix_ms(run.request.to))};
  auto recording = ports_.gate.record(std::move(permit), std::move(outcome));
  auto recorded = co_await std::move(recording);
  if (!recorded) co_return std::move(recorded).error();
  auto running = this->run(run, goes_on);
  auto done = co_await std::move(running);
  if (!done) co_return std::move(done).error();
  json::Object told{{"from_ms", to_unix_ms(run.request.from)},
                    {"to_ms", to_unix_ms(run.request.to)},
                    {"complete", run.is_complete}};
  if (!run.is_complete && run.after) told["next"] = static_cast<std::int64_t>(*run.after);
  for (auto& [key, value] : run.report.to_json()) told[key] = std::move(value);
  co_return told;
}

Task<Result<void>> Simulator::run(Run& run, const GoesOn& goes_on) {
  auto load = [this](storage::Snapshot& snapshot) {
    return audit::PersonDirectory::load(snapshot, ports_.keys);
  };
  auto loading = ports_.reader.read(std::move(load));
  auto people = co_await std::move(loading);
  if (!people) co_return std::move(people).error();
  run.people = std::make_shared<const audit::PersonDirectory>(*std::move(people));
  const SteadyTime started = ports_.clock.steady_now();
  while (run.acts < run.request.limit) {
    const BatchBounds bounds{.acts = std::min<std::size_t>(BatchBounds().acts, run.request.limit - run.acts)};
    auto reading = [this, &run, bounds](storage::Snapshot& snapshot) {
      const audit::RecordSpan span{.from = run.request.from, .to = run.request.to, .after = run.after};
      return read_batch(snapshot, ports_.keys, *run.people, span, bounds, run.report.left_out);
    };
    auto read = ports_.reader.read(std::move(reading));
    auto batch = co_await std::move(read);
    if (!batch) co_return std::move(batch).error();
    if (batch->last > 0 || !batch->acts.empty()) run.after = batch->last;
    auto preparing = prepare(run, *batch);
    auto prepared = co_await std::move(preparing);
    if (!prepared) co_return std::move(prepared).error();
    auto evaluating = [this, &run, &batch] { return evaluate(run, *batch); };
    auto work = ports_.workers.run(std::move(evaluating));
    auto evaluated = co_await std::move(work);
    if (!evaluated) co_return std::move(evaluated).error();
    run.acts += batch->acts.size();
    run.is_complete = batch->is_last;
    if (run.is_complete) break;
    if (!goes_on(run.fraction(batch->reached))) break;
    if (ports_.clock.steady_now() - started >= run.request.time) break;
  }
  co_return Result<void>();
}

// What the draft may ask about and is not in memory.
Task<Result<void>> Simulator::prepare(Run& run, const Batch& batch) {
  for (const Act& act : batch.acts) {
    if (!run.roles.contains(act.who.user.str())) {
      auto asking = ports_.roles.role_of(act.who.user);
      auto role = co_await std::move(asking);
      if (!role) co_return std::move(role).error();
      run.roles.emplace(act.who.user.str(), role->value_or(gate::Role::Member));
    }
    const bool asks_room = run.rules[static_cast<std::size_t>(act.operation)].asks_room;
    if (!asks_room || ports_.organisation == nullptr || act.resource.room.empty() ||
        ports_.organisation->knows(act.resource.room))
      continue;
    auto preparing = ports_.organisation->prepare(act.resource.room);
    co_await std::move(preparing);
  }
  co_return Result<void>();
}

Result<void> Simulator::evaluate(Run& run, const Batch& batch) const {
  const OriginsAsSent origins(ports_.origins);
  const gate::Gate::Providers providers{
      .organisation = ports_.organisation, .links = ports_.links, .origins = &origins};
  const governance::PolicyDocument& document = run.request.draft->document();
  for (const Act& act : batch.acts) {
    const gate::SurroundingsOfGate around(providers, run.counters, document);
    const governance::Question question{.operation = gate::to_string(act.operation),
                                        .subject = {.user = act.who.user.view(),
                                                    .role = gate::to_string(run.roles.at(act.who.user.str())),
                                                    .device = act.who.device.view(),
                                                    .address = act.who.address,
                                                    .user_agent = act.who.user_agent,
                                                    .language = "en"},
                                        .resource = {.room = act.resource.room.view(),
                                                     .user = act.resource.user.view(),
                                                     .event_type = act.resource.event_type,
                                                     .name = act.resource.name},
                                        .content = act.content ? &*act.content : nullptr,
                                        .surroundings = &around,
                                        .time = act.time};
    const auto decision =
        run.request.draft->evaluate(run.rules[static_cast<std::size_t>(act.operation)], question);
    if (!decision) {
      run.report.add_failure();
      continue;
    }
    run.report.add(act, *decision);
    if (decision->effect == governance::Effect::Refuse) continue;
    for (const std::uint32_t counter : decision->counters)
      run.counters.count(document.counters[counter], question);
  }
  return {};
}

}  // namespace kuramori::simulation
