#include "approvals/conversation.hpp"

#include <ranges>

#include "rooms/room_event.hpp"

namespace kuramori::approvals {
namespace {

using runtime::Task;

constexpr std::string_view kRoomName = "Approvals · 审批 · 審批 · 承認";
constexpr std::size_t kCaughtUpMax = 200;

gate::Subject server_as(const UserId& user) {
  gate::Subject subject = gate::Subject::system();
  subject.user = user;
  subject.user_agent = "approvals";
  return subject;
}

}  // namespace

Task<Result<gate::Permit>> Conversation::permission(UserId as, gate::Operation operation,
                                                    gate::Resource resource) {
  gate::Action action{.subject = server_as(as), .operation = operation, .resource = std::move(resource)};
  auto asking = ports_.gate.admit(std::move(action));
  auto admission = co_await std::move(asking);
  if (auto* error = std::get_if<Error>(&admission)) co_return std::move(*error);
  if (auto* refusal = std::get_if<gate::Refusal>(&admission)) co_return forbidden(refusal->explanation.en);
  co_return std::get<gate::Permit>(std::move(admission));
}

Task<Result<void>> Conversation::find_rooms() {
  auto listing = ports_.rooms.rooms_of(author_);
  KURAMORI_CO_TRY(known, co_await std::move(listing));
  for (const rooms::UserRoom& room : known) {
    if (room.membership != matrix::Membership::Join) continue;
    auto looking = ports_.rooms.current_state(room.room);
    KURAMORI_CO_TRY(state, co_await std::move(looking));
    const std::scoped_lock lock(mutex_);
    state->for_each_joined([&](const UserId& user) {
      if (user != author_) rooms_.try_emplace(user, room.room);
    });
    known_rooms_.insert(room.room);
  }
  co_return Result<void>();
}

Task<Result<RoomId>> Conversation::room_with(UserId to) {
  RoomId known;
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = rooms_.find(to); found != rooms_.end()) known = found->second;
  }
  if (!known.empty()) {
    auto looking = ports_.rooms.current_state(known);
    KURAMORI_CO_TRY(state, co_await std::move(looking));
    if (state->membership(to) == matrix::Membership::Join) co_return known;
  }
  auto asking = permission(author_, gate::Operation::RoomCreate, {});
  KURAMORI_CO_TRY(permit, co_await std::move(asking));
  rooms::CreateRoom request;
  request.preset = rooms::Preset::PrivateChat;
  request.direct = rooms::CreateRoom::Direct::Yes;
  request.name = std::string(kRoomName);
  request.invite = {to};
  // Somebody else in the room would read what others ask.
  request.power_level_content_override = {{"invite", 100}};
  auto creating = ports_.rooms.create(std::move(permit), std::move(request));
  KURAMORI_CO_TRY(room, co_await std::move(creating));
  gate::Resource resource;
  resource.room = room;
  auto asking_to_join = permission(to, gate::Operation::RoomJoin, std::move(resource));
  KURAMORI_CO_TRY(join, co_await std::move(asking_to_join));
  rooms::OwnMembership joining_request{.room = room};
  auto joining = ports_.rooms.join(std::move(join), std::move(joining_request));
  KURAMORI_CO_CHECK(co_await std::move(joining));
  const std::scoped_lock lock(mutex_);
  rooms_[to] = room;
  known_rooms_.insert(room);
  co_return room;
}

Task<Result<EventId>> Conversation::say(Message message) {
  auto finding = room_with(message.to);
  KURAMORI_CO_TRY(room, co_await std::move(finding));
  gate::Resource resource;
  resource.room = room;
  resource.event_type = "m.room.message";
  auto asking = permission(author_, gate::Operation::RoomSend, std::move(resource));
  KURAMORI_CO_TRY(permit, co_await std::move(asking));
  rooms::SendEvent request;
  request.room = room;
  request.type = "m.room.message";
  request.content = {{"msgtype", "m.text"},
                     {"body", std::move(message.text)},
                     {"org.kuramori.approval", std::move(message.about)}};
  request.transaction = rooms::Transaction{.scope = "approvals/" + message.to.str(),
                                           .id = TransactionId(std::move(message.name))};
  auto sending = ports_.rooms.send(std::move(permit), std::move(request));
  auto sent = co_await std::move(sending);
  co_return sent;
}

bool Conversation::match(const UserId& by, const EventId& event, const Answer& answer) {
  const auto found = expected_.find(answer.to);
  if (found == expected_.end()) return false;
  // Whoever else is in the room has no say.
  if (found->second.from == by && heard_answers_.size() < kHeardMax)
    heard_answers_.push_back({by, found->second.request, event, answer.verdict, answer.reason});
  return true;
}

void Conversation::expect_answer(const UserId& from, const EventId& event, std::string request) {
  bool is_heard = false;
  {
    const std::scoped_lock lock(mutex_);
    if (expected_.insert_or_assign(event, Expected{from, std::move(request)}).second)
      by_age_.push_back(event);
    while (by_age_.size() > kExpectedMax) {
      expected_.erase(by_age_.front());
      by_age_.pop_front();
    }
    std::erase_if(early_, [&](const Early& early) {
      if (early.answer.to != event) return false;
      is_heard = match(early.by, early.event, early.answer);
      return true;
    });
  }
  if (is_heard) heard_.notify();
}

void Conversation::hear(const matrix::Event& event) {
  auto answer = read_answer(event.type(), event.content());
  if (!answer) return;
  if (match(event.sender(), event.id(), *answer)) return;
  if (early_.size() >= kEarlyMax) early_.pop_front();
  early_.push_back({event.sender(), event.id(), *std::move(answer)});
}

void Conversation::committed(std::span<const Change> changes) {
  bool is_any = false;
  {
    const std::scoped_lock lock(mutex_);
    for (const Change& change : changes) {
      const auto* committed = dynamic_cast<const rooms::EventCommitted*>(change.payload.get());
      if (committed == nullptr || !known_rooms_.contains(committed->room)) continue;
      if (committed->event->event->sender() == author_) continue;
      hear(*committed->event->event);
      is_any = true;
    }
  }
  if (is_any) heard_.notify();
}

std::vector<Conversation::Heard> Conversation::take_heard() {
  const std::scoped_lock lock(mutex_);
  std::vector<Heard> heard(std::make_move_iterator(heard_answers_.begin()),
                           std::make_move_iterator(heard_answers_.end()));
  heard_answers_.clear();
  return heard;
}

Task<Result<void>> Conversation::catch_up(UserId from) {
  RoomId room;
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = rooms_.find(from); found != rooms_.end()) room = found->second;
  }
  if (room.empty()) co_return Result<void>();
  rooms::TimelineQuery query;
  query.room = room;
  query.up_to = ports_.rooms.last_position();
  query.limit = kCaughtUpMax;
  auto reading = ports_.rooms.unchecked_timeline(std::move(query));
  KURAMORI_CO_TRY(timeline, co_await std::move(reading));
  const std::scoped_lock lock(mutex_);
  for (const rooms::RoomEventPtr& event : std::views::reverse(timeline.events)) {
    if (event->event->sender() != from) continue;
    if (const auto answer = read_answer(event->event->type(), event->event->content()))
      match(from, event->event->id(), *answer);
  }
  co_return Result<void>();
}

}  // namespace kuramori::approvals
