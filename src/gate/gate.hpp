// The one gate. Every act asks it, and everything that changes goes back through it to be committed with its
// record.
//
//   auto admission = co_await gate.admit(action);
//   if (auto* refusal = std::get_if<Refusal>(&admission)) co_return refused(*refusal);
//   auto receipt = co_await rooms.send(std::get<Permit>(std::move(admission)), draft);
//
// and in the service:
//
//   UnitOfWork work;  ...
//   auto ticket = gate_.submit(std::move(permit), std::move(work), {.detail = event_id});
//   auto receipt = co_await ticket;
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "audit/recorder.hpp"
#include "base/logging.hpp"
#include "base/metrics.hpp"
#include "gate/action.hpp"
#include "gate/permit.hpp"
#include "gate/ports.hpp"
#include "gate/refusal.hpp"
#include "runtime/task.hpp"
#include "runtime/worker_pool.hpp"
#include "storage/store.hpp"

namespace kuramori::governance {
class CompiledPolicy;
struct CompanyData;
}  // namespace kuramori::governance

namespace kuramori::gate {

struct Told;  // carried_duties.hpp

// A refusal by policy is not an error; that the gate itself could not decide or record is (and refuses, too).
using Admission = std::variant<Permit, Refusal, Error>;

// Of an act that the policy judged by itself before it came here (a file that was inspected): what it said.
struct Judged {
  std::string outcome = {};    // "allowed", "held", "refused"
  std::string rule = {};       // empty: none
  json::Object findings = {};  // what was found, and how many; sealed with the person's detail
};

// What followed, for the record.
struct Outcome {
  std::string detail;                 // identifiers only: an event id, a device id
  json::Object personal = {};         // sealed with the person's detail
  std::optional<Judged> judged = {};  // nothing: as the permit says
};

class Gate {
 public:
  // How long a second attempt counts as the confirmation of the first.
  static constexpr Milliseconds kConfirmWithin = std::chrono::minutes(1);

  // What higher floors know, each of which itself stands on the gate. Whoever is named here outlives the last
  // question; what is null knows nothing.
  struct Providers {
    const OrganisationFacts* organisation = nullptr;
    const LinkJudge* links = nullptr;
    const ContentOrigins* origins = nullptr;
    const Grants* grants = nullptr;
    Brake* brake = nullptr;
    const PasswordProofs* proofs = nullptr;  // null: nobody has proved anything
    Witness* witness = nullptr;
  };

  struct Ports {
    storage::Store& store;
    audit::Recorder& recorder;
    const Clock& clock;
    Random& random;
    MetricsRegistry& metrics;
    Logger log;
  };
  Gate(Ports ports, std::shared_ptr<const governance::CompiledPolicy> policy);
  ~Gate();

  // Once, when everything stands and before anybody is served (docs/decisions/0012).
  void provide(const Providers& providers);

  // Limits of the role first, then the policy in force. A refusal is durable in the record before this
  // returns, and so are a question to confirm and an act that is held; masks and confirmed acts are recorded
  // with the change that follows (before this returns, when none follows). `action.content` is inspected when
  // the policy has content conditions for the operation.
  runtime::Task<Admission> admit(Action action);

  // Appends the entry of the permitted act to `work` and submits it; consumes the permission. On the calling
  // thread: the order of calls is the order of commits.
  storage::CommitTicket submit(Permit permit, storage::UnitOfWork work, Outcome outcome);
  // submit and await.
  runtime::Task<Result<storage::CommitReceipt>> commit(Permit permit, storage::UnitOfWork work,
                                                       Outcome outcome);
  // For acts that change nothing stored. Durable entries: what administers, what changes something outside
  // the store, privileged reads, pages of a file that somebody is shown. None: ordinary reads (deliveries are
  // summarised by `sync`) and signals.
  runtime::Task<Result<void>> record(Permit permit, Outcome outcome);
  // An attempt that failed by itself, before anybody asked for permission (a wrong password): an entry with
  // the outcome "failed:<code>". The caller bounds how many there are.
  runtime::Task<Result<void>> record_failure(Action action, std::string code, json::Object personal);
  // What content a session may see, by label; null: of every label. Permissions to read have one.
  std::shared_ptr<const Sight> sight(const Subject& subject) const;
  // Erasure: lets go of what the record derived from the person's key. After the commit that destroyed it.
  void forget(const UserId& user);

  // Swaps the whole policy; decisions under way finish under the old one.
  void swap_policy(std::shared_ptr<const governance::CompiledPolicy> policy);
  std::shared_ptr<const governance::CompiledPolicy> policy() const;
  // What the detectors of this policy and of every later one look into; swapped whole, too.
  void swap_company_data(std::shared_ptr<const governance::CompanyData> data);
  std::shared_ptr<const governance::CompanyData> company_data() const;

 private:
  static Told told_of(const Permit& permit);
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::gate
