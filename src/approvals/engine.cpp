#include "approvals/engine.hpp"

#include <algorithm>
#include <array>

namespace kuramori::approvals {
namespace {

void add_once(std::vector<UserId>& people, UserId user) {
  if (!user.empty() && std::ranges::find(people, user) == people.end()) people.push_back(std::move(user));
}

bool is_available(const Around& around, const UserId& user) {
  if (user.empty()) return false;
  const organisation::Person* person = around.directory->person(user);
  if (person != nullptr) return person->employment == organisation::Employment::Active;
  // Before an organisation was imported, names in a policy are accounts.
  return around.directory->content().people.empty();
}

UserId delegate_of(const Around& around, const Request& request, const UserId& user) {
  for (const Delegation& delegation : around.delegations) {
    const bool is_now = delegation.from_ms <= around.now_ms && around.now_ms < delegation.until_ms;
    if (delegation.person == user && is_now && delegation.delegate != request.requester &&
        is_available(around, delegation.delegate))
      return delegation.delegate;
  }
  return {};
}

// The person, or who decides in the person's stead; empty for nobody.
UserId in_place_of(const Around& around, const Request& request, const UserId& user) {
  if (user.empty() || user == request.requester) return {};
  if (UserId delegate = delegate_of(around, request, user); !delegate.empty()) return delegate;
  return is_available(around, user) ? user : UserId();
}

UserId first_above(const Around& around, const Request& request, const UserId& person) {
  for (const UserId& superior : around.directory->chain_of_command(person)) {
    if (UserId found = in_place_of(around, request, superior); !found.empty()) return found;
  }
  return {};
}

UserId manager(const Around& around, const Request& request) {
  if (const organisation::Person* person = around.directory->person(request.requester)) {
    UserId direct = person->manager;
    if (direct.empty() && !person->posts.empty()) {
      if (const auto* unit = around.directory->unit(person->posts.front().unit)) direct = unit->head;
    }
    // One who is away may have named a delegate: the line of command passes him over.
    if (UserId found = in_place_of(around, request, direct); !found.empty()) return found;
  }
  return first_above(around, request, request.requester);
}

// The head of the main department; where the post is vacant or the requester's own, of the units above.
UserId department_head(const Around& around, const Request& request) {
  const organisation::Person* person = around.directory->person(request.requester);
  if (person == nullptr || person->posts.empty()) return {};
  const organisation::Unit* unit = around.directory->unit(person->posts.front().unit);
  for (std::size_t depth = 0; unit != nullptr && depth <= organisation::Bounds::kDepth; ++depth) {
    if (UserId found = in_place_of(around, request, unit->head); !found.empty()) return found;
    unit = unit->parent.empty() ? nullptr : around.directory->unit(unit->parent);
  }
  return first_above(around, request, request.requester);
}

Asked asked_by_name(std::string_view step, const Around& around, const Request& request) {
  Asked asked;
  if (step == "department_head") {
    add_once(asked.people, department_head(around, request));
  } else {
    if (step == "owner") add_once(asked.people, in_place_of(around, request, around.owner));
    if (asked.people.empty()) add_once(asked.people, manager(around, request));
  }
  return asked;
}

Asked asked_by_object(const json::Object& step, const Around& around, const Request& request) {
  Asked asked;
  if (const std::string_view role = json::string_or(step, "role", ""); !role.empty()) {
    for (const organisation::Person& person : around.directory->content().people) {
      if (around.directory->has_role(person.user, role))
        add_once(asked.people, in_place_of(around, request, person.user));
    }
  }
  if (const json::Array* people = json::array_at(step, "people")) {
    for (const json::Value& value : *people) {
      if (value.is_string())
        add_once(asked.people, in_place_of(around, request, UserId(json::view(value.get_string()))));
    }
    asked.needed = static_cast<std::size_t>(std::max<std::int64_t>(1, json::integer_or(step, "of", 1)));
  }
  // Who is missing is replaced from above, so that as many decide as the policy asks for.
  for (const UserId& superior : around.directory->chain_of_command(request.requester)) {
    if (asked.people.size() >= asked.needed) break;
    add_once(asked.people, in_place_of(around, request, superior));
  }
  return asked;
}

void add_superiors(Asked& asked, const Around& around, const Request& request) {
  for (std::size_t i = 0; i < request.escalations; ++i) {
    const std::vector<UserId> before = asked.people;
    for (const UserId& person : before) add_once(asked.people, first_above(around, request, person));
  }
}

void fall_back(Asked& asked, const Around& around, const Request& request) {
  asked.is_fallback = true;
  asked.needed = 1;
  for (const auto& people : std::array{around.officers, around.administrators}) {
    for (const UserId& person : people) {
      if (person != request.requester) add_once(asked.people, person);
    }
    if (!asked.people.empty()) break;
  }
}

// Decisions stay although who made them is not asked any more (he has left, his delegation has ended).
std::size_t approvals_of(const Request& request, const Asked& asked) {
  std::vector<UserId> people;
  for (const Decision& decision : request.decisions) {
    const bool counts =
        decision.step == request.step || std::ranges::find(asked.people, decision.by) != asked.people.end();
    if (counts && decision.verdict == Verdict::Approve) add_once(people, decision.by);
  }
  return people.size();
}

}  // namespace

Asked who_is_asked(const Request& request, const Around& around) {
  Asked asked;
  if (request.step < request.chain.size()) {
    const json::Value& step = request.chain[request.step];
    if (step.is_string()) {
      asked = asked_by_name(json::view(step.get_string()), around, request);
    } else if (step.is_object()) {
      asked = asked_by_object(step.get_object(), around, request);
    }
  }
  add_superiors(asked, around, request);
  if (asked.people.empty()) {
    fall_back(asked, around, request);
  } else {
    asked.needed = std::min(asked.needed, asked.people.size());
  }
  return asked;
}

Result<void> decide(Request& request, const Vote& vote, const Around& around) {
  if (vote.by == request.requester) return forbidden("Nobody decides about his own request.");
  if (request.state != State::Waiting)
    return Error(ErrorCode::Conflict, "KURAMORI_DECIDED", "The request is decided already.");
  Asked asked = who_is_asked(request, around);
  if (std::ranges::find(asked.people, vote.by) == asked.people.end())
    return forbidden("You are not asked about this request.");
  const bool is_again = std::ranges::any_of(request.decisions, [&](const Decision& decision) {
    return decision.step == request.step && decision.by == vote.by;
  });
  if (is_again) return Error(ErrorCode::Conflict, "KURAMORI_DECIDED", "You have decided already.");
  request.decisions.push_back({.step = request.step,
                               .by = vote.by,
                               .verdict = vote.verdict,
                               .reason = vote.reason,
                               .at_ms = around.now_ms});
  if (vote.verdict == Verdict::Refuse) {
    request.state = State::Refused;
    return {};
  }
  while (request.step < request.chain.size() && approvals_of(request, asked) >= asked.needed) {
    ++request.step;
    request.step_since_ms = around.now_ms;
    request.escalations = 0;
    if (request.step < request.chain.size()) asked = who_is_asked(request, around);
  }
  if (request.step < request.chain.size()) return {};
  request.state = State::Approved;
  if (request.kind == Kind::General) request.grant_until_ms = around.now_ms + request.grant_ms;
  return {};
}

bool advance(Request& request, std::int64_t now_ms, const Limits& limits) {
  if (request.state == State::Approved && request.kind == Kind::General && now_ms >= request.grant_until_ms) {
    request.state = State::Ended;
    return true;
  }
  if (request.state != State::Waiting) return false;
  if (now_ms >= request.expires_ms) {
    request.state = State::Expired;
    return true;
  }
  if (now_ms < request.step_since_ms + limits.escalate_ms || request.escalations >= Limits::kEscalationsMax)
    return false;
  request.step_since_ms = now_ms;
  ++request.escalations;
  return true;
}

}  // namespace kuramori::approvals
