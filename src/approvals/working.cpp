// What follows by itself: people are asked and told, answers are taken, time passes, what was approved is
// delivered.
#include <algorithm>

#include "approvals/approvals.hpp"
#include "approvals/rows.hpp"
#include "approvals/tables.hpp"
#include "approvals/texts.hpp"
#include "governance/compiled_policy.hpp"
#include "governance/inspection.hpp"

namespace kuramori::approvals {
namespace {

using runtime::Task;

constexpr Milliseconds kRetry{5'000};
constexpr Milliseconds kIdle = std::chrono::minutes(10);
constexpr Milliseconds kIdleWithFiles = std::chrono::minutes(1);  // officers decide about them elsewhere

// Another attempt may succeed.
bool may_pass(const Error& error) {
  switch (error.code()) {
    case ErrorCode::Exhausted:
    case ErrorCode::Unavailable:
    case ErrorCode::DeadlineExceeded:
    case ErrorCode::Conflict:
    case ErrorCode::Internal:
      return true;
    default:
      return false;
  }
}

std::string room_name(const rooms::RoomState& state) {
  const matrix::EventPtr name = state.find("m.room.name", "");
  return name == nullptr ? std::string() : std::string(json::string_or(name->content(), "name", ""));
}

json::Object about(const Request& request) {
  json::Object object{
      {"request", request.id}, {"state", to_string(request.state)}, {"kind", to_string(request.kind)}};
  if (!request.file.empty()) object["file"] = request.file;
  return object;
}

std::string names(const std::vector<UserId>& people) {
  std::string text;
  for (const UserId& person : people) {
    if (!text.empty()) text += ", ";
    text += person.view();
  }
  return text.empty() ? "—" : text;
}

}  // namespace

Task<Result<json::Object>> Approvals::content_of(const Request& request) {
  auto opening = ports_.keys.get(crypto::KeyScope::Room, request.room.view());
  KURAMORI_CO_TRY(key, co_await std::move(opening));
  auto query = [id = request.id, key](storage::Snapshot& snapshot) -> Result<json::Object> {
    KURAMORI_TRY(row, snapshot.get(kHeldContents, {id}));
    if (!row) return corrupt("held content is missing");
    return detail::open_content(*row, key);
  };
  auto reading = ports_.store.read(std::move(query));
  auto content = co_await std::move(reading);
  co_return content;
}

Task<void> Approvals::take_answers() {
  for (Conversation::Heard& heard : conversation_.take_heard()) {
    gate::Subject subject;
    auto finding = ports_.authors.author(heard.by, DeviceId());
    auto found = co_await std::move(finding);
    if (!found) continue;
    subject = *std::move(found);
    auto voting = decide(std::move(subject), heard.request, heard.verdict, std::move(heard.reason));
    const auto decided = co_await std::move(voting);
    if (decided) continue;
    ports_.log.info("approval_answer_not_taken", {{"reason", decided.error().reason()}});
    auto again = find(heard.request);
    const auto request = co_await std::move(again);
    const bool is_own = request && std::ranges::any_of(request->decisions, [&](const Decision& decision) {
                          return decision.by == heard.by;
                        });
    if (is_own) continue;
    Conversation::Message message{.to = heard.by,
                                  .name = "not_taken/" + heard.event.str(),
                                  .text = in_all_languages(not_taken_text(decided.error())),
                                  .about = {{"request", heard.request}}};
    auto saying = conversation_.say(std::move(message));
    const auto said = co_await std::move(saying);
    if (!said) ports_.log.warning("approval_notice_not_sent", {{"error", said.error().to_log()}});
  }
}

// Whether it has to be tried again.
Task<bool> Approvals::follow_time(Request request) {
  const Limits limits{.escalate_ms = options_.escalate.count()};
  auto entering = lane_.enter();
  auto guard = co_await entering;
  if (!guard) co_return true;
  auto current = open_one(request.id);
  if (!current || !advance(*current, ports_.clock.now_ms(), limits)) co_return false;
  auto storing = store(gate::Subject::system(), gate::Operation::ApprovalDecide, *std::move(current));
  const auto stored = co_await std::move(storing);
  if (!stored) ports_.log.warning("approval_not_stored", {{"error", stored.error().to_log()}});
  co_return !stored;
}

Task<bool> Approvals::tell_requester(Request request, std::string what, gate::Localised text) {
  const std::string name = request.id + "/" + what;
  if (told_.contains(name)) co_return false;
  Conversation::Message message{
      .to = request.requester, .name = name, .text = in_all_languages(text), .about = about(request)};
  auto saying = conversation_.say(std::move(message));
  const auto said = co_await std::move(saying);
  if (said) {
    told_.insert(name);
    co_return false;
  }
  ports_.log.warning("approval_notice_not_sent", {{"error", said.error().to_log()}});
  if (!may_pass(said.error())) told_.insert(name);
  co_return may_pass(said.error());
}

Task<bool> Approvals::announce(Request request) {
  if (request.state != State::Waiting) co_return false;
  auto asking = people_asked(request);
  const auto people = co_await std::move(asking);
  if (!people) co_return true;
  const auto name_for = [&](const UserId& person) {
    return request.id + "/" + std::to_string(request.step) + "/" + person.str();
  };
  const bool is_said =
      std::ranges::all_of(*people, [&](const UserId& person) { return told_.contains(name_for(person)); });
  if (is_said) co_return false;
  Question question{.requester = request.requester.str()};
  if (request.kind == Kind::Message) {
    auto reading = content_of(request);
    const auto content = co_await std::move(reading);
    if (content) question.excerpt = excerpts_.of(*ports_.gate.policy(), *content);
  }
  if (!request.room.empty()) {
    auto looking = ports_.rooms.current_state(request.room);
    const auto state = co_await std::move(looking);
    if (state) question.room = room_name(**state);
  }
  bool again = false;
  for (const UserId& person : *people) {
    const std::string name = name_for(person);
    if (told_.contains(name)) continue;
    Conversation::Message message{.to = person,
                                  .name = name,
                                  .text = in_all_languages(question_text(request, question)),
                                  .about = about(request)};
    auto saying = conversation_.say(std::move(message));
    const auto said = co_await std::move(saying);
    if (!said) {
      ports_.log.warning("approval_notice_not_sent", {{"error", said.error().to_log()}});
      again = again || may_pass(said.error());
      if (!may_pass(said.error())) told_.insert(name);
      continue;
    }
    told_.insert(name);
    conversation_.expect_answer(person, *said, request.id);
    if (is_first_round_) {
      auto catching_up = conversation_.catch_up(person);
      const auto caught_up = co_await std::move(catching_up);
      if (!caught_up) again = true;
    }
  }
  auto telling = tell_requester(
      request, "asked/" + std::to_string(request.step) + "/" + std::to_string(request.escalations),
      asked_text(request, names(*people)));
  const bool is_untold = co_await std::move(telling);
  co_return again || is_untold;
}

Task<Result<EventId>> Approvals::send(const Request& request, const json::Object& content) {
  auto authoring = ports_.authors.author(request.requester, request.device);
  KURAMORI_CO_TRY(subject, co_await std::move(authoring));
  gate::Resource resource;
  resource.room = request.room;
  resource.event_type = request.event_type;
  gate::Action action{.subject = std::move(subject),
                      .operation = gate::Operation::RoomSend,
                      .resource = std::move(resource),
                      .content = &content};
  auto asking = ports_.gate.admit(std::move(action));
  gate::Admission answer = co_await std::move(asking);
  if (auto* refusal = std::get_if<gate::Refusal>(&answer)) co_return forbidden(refusal->message());
  if (auto* error = std::get_if<Error>(&answer)) co_return std::move(*error);
  rooms::SendEvent sending;
  sending.room = request.room;
  sending.type = request.event_type;
  sending.content = content;
  sending.transaction =
      request.transaction_scope.empty()
          ? rooms::Transaction{.scope = "approvals", .id = TransactionId(request.id)}
          : rooms::Transaction{.scope = request.transaction_scope, .id = TransactionId(request.transaction)};
  if (request.sticky_ms >= 0) sending.sticky = Milliseconds(request.sticky_ms);
  auto sent = ports_.rooms.send(std::get<gate::Permit>(std::move(answer)), std::move(sending));
  auto event = co_await std::move(sent);
  co_return event;
}

Task<Result<void>> Approvals::invite(const Request& request, const json::Object& content) {
  auto looking = ports_.rooms.current_state(request.room);
  KURAMORI_CO_TRY(state, co_await std::move(looking));
  const matrix::Membership now = state->membership(request.target);
  // It went out before the server ended, or somebody else has invited since.
  if (now == matrix::Membership::Join || now == matrix::Membership::Invite) co_return Result<void>();
  auto authoring = ports_.authors.author(request.requester, request.device);
  KURAMORI_CO_TRY(subject, co_await std::move(authoring));
  gate::Resource resource;
  resource.room = request.room;
  resource.user = request.target;
  gate::Action action{.subject = std::move(subject),
                      .operation = gate::Operation::RoomInvite,
                      .resource = std::move(resource),
                      .content = &content};
  auto asking = ports_.gate.admit(std::move(action));
  gate::Admission answer = co_await std::move(asking);
  if (auto* refusal = std::get_if<gate::Refusal>(&answer)) co_return forbidden(refusal->message());
  if (auto* error = std::get_if<Error>(&answer)) co_return std::move(*error);
  rooms::OtherMembership membership{.room = request.room, .user = request.target};
  if (const std::string_view reason = json::string_or(content, "reason", ""); !reason.empty())
    membership.reason = std::string(reason);
  auto inviting = ports_.rooms.invite(std::get<gate::Permit>(std::move(answer)), std::move(membership));
  auto invited = co_await std::move(inviting);
  co_return invited;
}

// The event of a message; empty for what becomes none.
Task<Result<EventId>> Approvals::deliver_held(const Request& request) {
  if (request.kind == Kind::File) {
    auto releasing = release_file(request);
    KURAMORI_CO_CHECK(co_await std::move(releasing));
    co_return EventId();
  }
  auto reading = content_of(request);
  KURAMORI_CO_TRY(content, co_await std::move(reading));
  if (request.kind == Kind::Invite) {
    auto inviting = invite(request, content);
    KURAMORI_CO_CHECK(co_await std::move(inviting));
    co_return EventId();
  }
  auto sending = send(request, content);
  auto sent = co_await std::move(sending);
  co_return sent;
}

// Whether it has to be tried again.
Task<bool> Approvals::deliver(Request request) {
  auto delivering = deliver_held(request);
  auto delivered = co_await std::move(delivering);
  std::optional<Error> failure;
  if (!delivered) failure = std::move(delivered).error();
  if (delivered) request.event = *std::move(delivered);
  if (failure && may_pass(*failure)) {
    ports_.log.warning("approved_not_delivered_yet", {{"error", failure->to_log()}});
    co_return true;
  }
  request.state = failure ? State::Undeliverable : State::Delivered;
  if (failure) request.failure = failure->message();
  auto entering = lane_.enter();
  auto guard = co_await entering;
  if (!guard) co_return true;
  auto storing = store(gate::Subject::system(), gate::Operation::MessageRelease, std::move(request));
  const auto stored = co_await std::move(storing);
  if (!stored) ports_.log.warning("approval_not_stored", {{"error", stored.error().to_log()}});
  if (stored && !failure) delivered_.add();
  co_return !stored;
}

Task<bool> Approvals::work() {
  bool again = false;
  auto answering = take_answers();
  co_await std::move(answering);
  for (const Request& request : open()) {
    auto following = follow_time(request);
    const bool is_late = co_await std::move(following);
    again = again || is_late;
  }
  auto following_files = follow_files();
  const bool is_file_left = co_await std::move(following_files);
  again = again || is_file_left;
  // What one person sent to one room goes in its order: what waits holds back what came after it.
  std::set<std::pair<std::string, std::string>> waiting;
  for (const Request& request : open()) {
    auto asking = announce(request);
    const bool is_unsaid = co_await std::move(asking);
    again = again || is_unsaid;
    if (request.kind == Kind::General) {
      if (request.state != State::Approved) continue;
      auto telling = tell_requester(request, "outcome/approved", outcome_text(request));
      const bool is_untold = co_await std::move(telling);
      again = again || is_untold;
      continue;
    }
    // A file is nobody's next message: each is given out when it is decided.
    if (request.kind == Kind::File) {
      if (request.state != State::Approved) continue;
      auto delivering = deliver(request);
      const bool is_undelivered = co_await std::move(delivering);
      again = again || is_undelivered;
      continue;
    }
    const auto lane = std::pair(request.requester.str(), request.room.str());
    if (request.state == State::Approved && !waiting.contains(lane)) {
      auto delivering = deliver(request);
      const bool is_undelivered = co_await std::move(delivering);
      again = again || is_undelivered;
      if (!is_undelivered) continue;
    }
    waiting.insert(lane);
  }
  std::deque<Request> ended;
  {
    const std::scoped_lock lock(mutex_);
    ended.swap(ended_);
  }
  for (Request& request : ended) {
    auto telling =
        tell_requester(request, "outcome/" + std::string(to_string(request.state)), outcome_text(request));
    const bool is_untold = co_await std::move(telling);
    if (is_untold) {
      again = true;
      const std::scoped_lock lock(mutex_);
      ended_.push_back(std::move(request));
      continue;
    }
    std::erase_if(told_, [&](const std::string& name) { return name.starts_with(request.id); });
  }
  co_return again;
}

std::int64_t Approvals::next_due_ms() const {
  const std::scoped_lock lock(mutex_);
  const Milliseconds idle = ports_.files == nullptr ? kIdle : kIdleWithFiles;
  std::int64_t due = ports_.clock.now_ms() + idle.count();
  for (const auto& [id, request] : open_) {
    if (request.state == State::Waiting) {
      due = std::min(due, request.expires_ms);
      if (request.escalations < Limits::kEscalationsMax)
        due = std::min(due, request.step_since_ms + options_.escalate.count());
    } else if (request.kind == Kind::General) {
      due = std::min(due, request.grant_until_ms);
    }
  }
  return due;
}

Task<void> Approvals::run(std::stop_token stop) {
  const std::stop_callback on_stop(stop, [this] { changed_.notify(); });
  bool is_prepared = false;
  while (!stop.stop_requested()) {
    bool again = false;
    if (!is_prepared) {
      auto finding = conversation_.find_rooms();
      const auto found = co_await std::move(finding);
      is_prepared = found.has_value();
      again = !is_prepared;
    }
    if (is_prepared) {
      auto working = work();
      again = co_await std::move(working);
      // What was answered while the server was down is taken in the second.
      again = again || std::exchange(is_first_round_, false);
    }
    Milliseconds pause(next_due_ms() - ports_.clock.now_ms());
    pause = std::clamp(again ? std::min(pause, kRetry) : pause, Milliseconds(1), kIdle);
    const SteadyTime deadline = ports_.clock.steady_now() + pause;
    co_await changed_.wait_until(deadline);
  }
}

}  // namespace kuramori::approvals
