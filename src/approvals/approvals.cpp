// What is asked of approvals: held, asked for, decided, withdrawn. What follows by itself is in working.cpp;
// reading in reading.cpp.
#include "approvals/approvals.hpp"

#include <algorithm>

#include "approvals/rows.hpp"
#include "approvals/tables.hpp"
#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "governance/compiled_policy.hpp"

namespace kuramori::approvals {
namespace {

using runtime::Task;

constexpr std::size_t kIdCharacters = 24;

Counter& outcomes(MetricsRegistry& metrics, std::string outcome) {
  return metrics.counter("kuramori_approvals_total", "Requests for approval, by what became of them.",
                         {{"outcome", std::move(outcome)}});
}

Error decided_already() {
  return Error(ErrorCode::Conflict, "KURAMORI_DECIDED", "The request is decided already.");
}

}  // namespace

Approvals::Approvals(Ports ports, Options options)
    : ports_(std::move(ports)),
      options_(std::move(options)),
      id_key_(crypto::derive_key(ports_.keys.organisation_key(), "approval request ids")),
      grants_(ports_.clock, author_of(options_.server)),
      conversation_(ports_, options_, changed_),
      asked_(outcomes(ports_.metrics, "asked")),
      approved_(outcomes(ports_.metrics, "approved")),
      refused_(outcomes(ports_.metrics, "refused")),
      delivered_(outcomes(ports_.metrics, "delivered")) {
  if (ports_.files == nullptr) return;
  ports_.files->add_watcher([this] {
    files_changed_ = true;
    changed_.notify();
  });
}

Approvals::~Approvals() = default;

void Approvals::keep(const Request& request) {
  {
    const std::scoped_lock lock(mutex_);
    last_sequence_ = std::max(last_sequence_, request.sequence);
    if (is_open(request.state)) {
      open_[request.id] = request;
    } else if (open_.erase(request.id) > 0) {
      ended_.push_back(request);
    }
  }
  grants_.put(request);
}

std::string Approvals::id_for(const gate::Subject& subject,
                              const std::optional<rooms::Transaction>& transaction) {
  if (!transaction) return ports_.random.alphanumeric(kIdCharacters);
  json::Object of;
  of["user"] = subject.user.view();
  of["device"] = subject.device.view();
  of["scope"] = transaction->scope;
  of["id"] = transaction->id.view();
  const std::string text = json::serialize(of);
  return text::to_hex(crypto::hmac_sha256(id_key_.view(), as_bytes(text))).substr(0, kIdCharacters);
}

json::Array Approvals::chain_for(const json::Array& obligations) const {
  for (const json::Value& obligation : obligations) {
    if (!obligation.is_object()) continue;
    if (const json::Array* chain = json::array_at(obligation.get_object(), "chain")) return *chain;
  }
  const auto policy = ports_.gate.policy();
  if (!policy->document().chain.empty()) return policy->document().chain;
  json::Array manager;
  manager.emplace_back("manager");
  return manager;
}

Task<Result<gate::Permit>> Approvals::permit_for(gate::Subject subject, gate::Operation operation,
                                                 const Request& request) {
  gate::Resource resource;
  resource.room = request.room;
  resource.user = request.requester;
  resource.name = request.id;
  gate::Action action{.subject = std::move(subject), .operation = operation, .resource = std::move(resource)};
  auto asking = ports_.gate.admit(std::move(action));
  gate::Admission answer = co_await std::move(asking);
  if (auto* permit = std::get_if<gate::Permit>(&answer)) co_return std::move(*permit);
  if (auto* refusal = std::get_if<gate::Refusal>(&answer)) co_return forbidden(refusal->message());
  co_return std::get<Error>(std::move(answer));
}

Task<Result<void>> Approvals::store(gate::Subject subject, gate::Operation operation, Request request) {
  auto asking = permit_for(std::move(subject), operation, request);
  KURAMORI_CO_TRY(permit, co_await std::move(asking));
  auto opening = ports_.keys.get_or_create(crypto::KeyScope::Person, request.requester.view());
  KURAMORI_CO_TRY(key, co_await std::move(opening));
  storage::UnitOfWork work;
  work.upsert(kRequests, detail::write_request(request, key, ports_.random));
  if (!is_open(request.state)) work.erase(kHeldContents, {request.id});
  gate::Outcome outcome{.detail = request.id + " " + std::string(to_string(request.state))};
  auto committing = ports_.gate.commit(std::move(permit), std::move(work), std::move(outcome));
  const auto receipt = co_await std::move(committing);
  if (!receipt) co_return receipt.error();
  keep(request);
  co_return Result<void>();
}

Task<Result<Request>> Approvals::begin(gate::Subject subject, Request request, const json::Object* content) {
  if (open_of(request.requester) >= options_.open_per_person_max)
    co_return Error(ErrorCode::Exhausted, "M_LIMIT_EXCEEDED", "Too many of your requests wait for approval.");
  request.created_ms = ports_.clock.now_ms();
  request.step_since_ms = request.created_ms;
  request.expires_ms = request.created_ms + options_.expires.count();
  {
    const std::scoped_lock lock(mutex_);
    request.sequence = std::max(last_sequence_ + 1, request.created_ms);
    last_sequence_ = request.sequence;
  }
  auto asking = permit_for(std::move(subject), gate::Operation::ApprovalRequest, request);
  KURAMORI_CO_TRY(permit, co_await std::move(asking));
  auto opening = ports_.keys.get_or_create(crypto::KeyScope::Person, request.requester.view());
  KURAMORI_CO_TRY(key, co_await std::move(opening));
  storage::UnitOfWork work;
  work.insert(kRequests, detail::write_request(request, key, ports_.random));
  if (content != nullptr) {
    auto room_opening = ports_.keys.get(crypto::KeyScope::Room, request.room.view());
    KURAMORI_CO_TRY(room_key, co_await std::move(room_opening));
    work.insert(kHeldContents,
                detail::write_content(request.id, request.room, *content, room_key, ports_.random));
  }
  gate::Outcome outcome{.detail = request.id};
  auto committing = ports_.gate.commit(std::move(permit), std::move(work), std::move(outcome));
  const auto receipt = co_await std::move(committing);
  if (!receipt) co_return receipt.error();
  keep(request);
  asked_.add();
  changed_.notify();
  co_return request;
}

Task<Result<Request>> Approvals::hold(gate::Subject subject, HeldAct act, gate::Refusal refusal) {
  Request request;
  request.id = id_for(subject, act.transaction);
  auto entering = lane_.enter();
  KURAMORI_CO_TRY(guard, co_await entering);
  auto finding = find(request.id);
  auto earlier = co_await std::move(finding);
  if (earlier || earlier.error().code() != ErrorCode::NotFound) co_return earlier;
  // What nobody in the room could send is not asked for.
  auto looking = ports_.rooms.current_state(act.room);
  KURAMORI_CO_TRY(state, co_await std::move(looking));
  if (state->membership(subject.user) != matrix::Membership::Join)
    co_return forbidden("You are not in this room.");
  const json::Object content = refusal.content ? *std::move(refusal.content) : std::move(act.content);
  request.kind = act.kind;
  request.requester = subject.user;
  request.device = subject.device;
  request.operation = std::string(gate::to_string(act.operation));
  request.room = std::move(act.room);
  request.target = std::move(act.target);
  request.event_type = std::move(act.event_type);
  request.reason = refusal.message();
  request.rules = std::move(refusal.holding_rules);
  request.chain = chain_for(refusal.obligations);
  if (act.kind == Kind::Message) request.digest = digest_of(content);
  if (act.transaction) {
    request.transaction_scope = act.transaction->scope;
    request.transaction = act.transaction->id.str();
  }
  if (act.sticky) request.sticky_ms = act.sticky->count();
  auto beginning = begin(std::move(subject), std::move(request), &content);
  auto begun = co_await std::move(beginning);
  co_return begun;
}

Task<Result<Request>> Approvals::ask(gate::Subject subject, GeneralRequest wish) {
  if (wish.rules.empty()) co_return invalid_argument("Name the rules that hold back what you ask for.");
  if (text::trim(wish.reason).empty()) co_return invalid_argument("Give a reason.");
  if (wish.duration.count() <= 0 || wish.duration > options_.grant_max)
    co_return invalid_argument("The duration must be positive and within the limit of the organisation.");
  Request request;
  request.id = id_for(subject, std::nullopt);
  request.kind = Kind::General;
  request.requester = subject.user;
  request.device = subject.device;
  request.operation = std::string(gate::to_string(wish.operation));
  request.room = std::move(wish.room);
  request.target = std::move(wish.target);
  request.rules = std::move(wish.rules);
  request.reason = std::move(wish.reason);
  request.chain = chain_for({});
  request.grant_ms = wish.duration.count();
  auto entering = lane_.enter();
  KURAMORI_CO_TRY(guard, co_await entering);
  auto beginning = begin(std::move(subject), std::move(request), nullptr);
  auto begun = co_await std::move(beginning);
  co_return begun;
}

Task<Result<Request>> Approvals::decide(gate::Subject subject, std::string id, Verdict verdict,
                                        std::string reason) {
  auto entering = lane_.enter();
  KURAMORI_CO_TRY(guard, co_await entering);
  auto finding = find(std::move(id));
  KURAMORI_CO_TRY(request, co_await std::move(finding));
  auto gathering = deciders(request.room);
  KURAMORI_CO_TRY(around, co_await std::move(gathering));
  const Vote vote{.by = subject.user, .verdict = verdict, .reason = std::move(reason)};
  KURAMORI_CO_CHECK(approvals::decide(request, vote, around.around(ports_.clock.now_ms())));
  auto storing = store(std::move(subject), gate::Operation::ApprovalDecide, request);
  KURAMORI_CO_CHECK(co_await std::move(storing));
  if (request.state == State::Approved) approved_.add();
  if (request.state == State::Refused) refused_.add();
  if (request.kind == Kind::File) files_changed_ = true;
  changed_.notify();
  co_return request;
}

Task<Result<Request>> Approvals::withdraw(gate::Subject subject, std::string id) {
  auto entering = lane_.enter();
  KURAMORI_CO_TRY(guard, co_await entering);
  auto finding = find(std::move(id));
  KURAMORI_CO_TRY(request, co_await std::move(finding));
  if (request.requester != subject.user) co_return not_found("There is no such request.");
  const bool is_grant = request.state == State::Approved && request.kind == Kind::General;
  if (request.state != State::Waiting && !is_grant) co_return decided_already();
  request.state = State::Withdrawn;
  auto storing = store(std::move(subject), gate::Operation::ApprovalWithdraw, request);
  KURAMORI_CO_CHECK(co_await std::move(storing));
  if (request.kind == Kind::File) files_changed_ = true;
  changed_.notify();
  co_return request;
}

Task<Result<void>> Approvals::delegate(gate::Subject subject, Delegation delegation) {
  delegation.person = subject.user;
  if (delegation.delegate.empty() || delegation.delegate == subject.user)
    co_return invalid_argument("Name somebody else who decides for you.");
  if (delegation.until_ms <= delegation.from_ms)
    co_return invalid_argument("The end must lie after the beginning.");
  Request about;
  about.requester = delegation.delegate;
  auto asking = permit_for(std::move(subject), gate::Operation::ApprovalDelegate, about);
  KURAMORI_CO_TRY(permit, co_await std::move(asking));
  storage::UnitOfWork work;
  work.upsert(kDelegations, detail::write_delegation(delegation));
  gate::Outcome outcome{.detail = delegation.delegate.str()};
  auto committing = ports_.gate.commit(std::move(permit), std::move(work), std::move(outcome));
  const auto receipt = co_await std::move(committing);
  if (!receipt) co_return receipt.error();
  {
    const std::scoped_lock lock(mutex_);
    delegations_[delegation.person] = std::move(delegation);
  }
  changed_.notify();
  co_return Result<void>();
}

Task<Result<void>> Approvals::end_delegation(gate::Subject subject) {
  const UserId person = subject.user;
  const Request about;
  auto asking = permit_for(std::move(subject), gate::Operation::ApprovalDelegate, about);
  KURAMORI_CO_TRY(permit, co_await std::move(asking));
  storage::UnitOfWork work;
  work.erase(kDelegations, {person.str()});
  gate::Outcome outcome{.detail = "ended"};
  auto committing = ports_.gate.commit(std::move(permit), std::move(work), std::move(outcome));
  const auto receipt = co_await std::move(committing);
  if (!receipt) co_return receipt.error();
  const std::scoped_lock lock(mutex_);
  delegations_.erase(person);
  co_return Result<void>();
}

}  // namespace kuramori::approvals
