#include "push/service.hpp"

#include <algorithm>

#include "rooms/reader_view.hpp"
#include "runtime/sleep.hpp"

namespace kuramori::push {
namespace {

using runtime::Task;

constexpr Milliseconds kPause{5'000};  // after a failure of the store
constexpr Milliseconds kIdle{3'600'000};
constexpr std::size_t kMissedPerRoomMax = Queue::kItemsMax;
constexpr std::size_t kRoomsCleared = 500;

bool is_invitation_of(const matrix::Event& event, const UserId& user) {
  return event.is_state("m.room.member", user.view()) &&
         json::string_or(event.content(), "membership", "") == "invite";
}

}  // namespace

Service::Service(Ports ports, DeliveryOptions options)
    : ports_(std::move(ports)),
      gateways_(options.gateways),
      pushers_({ports_.store, ports_.gate, ports_.keys, ports_.sessions, ports_.clock, ports_.random}),
      queue_({ports_.store, ports_.keys, ports_.clock, ports_.random}),
      queued_(ports_.metrics.counter("kuramori_push_queued_total", "Events that were queued for a pusher.")),
      deliveries_({.store = ports_.store,
                   .gate = ports_.gate,
                   .rooms = ports_.rooms,
                   .readers = ports_.readers,
                   .http = ports_.http,
                   .post = ports_.post,
                   .clock = ports_.clock,
                   .metrics = ports_.metrics,
                   .log = ports_.log},
                  pushers_, queue_, changed_, std::move(options)) {}

Service::~Service() = default;

void Service::committed(std::span<const Change> changes) {
  if (pushers_.user_count() == 0) return;
  bool came = false;
  for (const Change& change : changes) {
    const auto* event = dynamic_cast<const rooms::EventCommitted*>(change.payload.get());
    if (event == nullptr || event->event == nullptr) continue;
    const std::scoped_lock lock(mutex_);
    came = true;
    if (behind_ || pending_.size() >= kPendingMax) {
      behind_ = true;
      pending_.clear();
      continue;
    }
    pending_.push_back({change.position, event->event->event, event->state_before, event->state_after});
  }
  if (came) changed_.notify();
}

void Service::counts_changed(const UserId& user) {
  if (!pushers_.may_have(user)) return;
  {
    const std::scoped_lock lock(mutex_);
    readers_.insert(user);
  }
  changed_.notify();
}

std::vector<Service::Arrival> Service::take_arrivals() {
  const std::scoped_lock lock(mutex_);
  std::vector<Arrival> arrivals(std::make_move_iterator(pending_.begin()),
                                std::make_move_iterator(pending_.end()));
  pending_.clear();
  return arrivals;
}

std::vector<UserId> Service::take_readers() {
  const std::scoped_lock lock(mutex_);
  std::vector<UserId> readers(readers_.begin(), readers_.end());
  readers_.clear();
  return readers;
}

Task<void> Service::run(std::stop_token stop) {
  const std::stop_callback on_stop(stop, [this] { changed_.notify(); });
  co_await load(stop);
  while (!stop.stop_requested()) {
    bool is_behind = false;
    {
      const std::scoped_lock lock(mutex_);
      is_behind = std::exchange(behind_, false);
    }
    Result<void> done;
    if (is_behind) done = co_await catch_up();
    if (done) done = co_await judge_all(take_arrivals());
    for (const UserId& user : take_readers()) co_await deliveries_.counts_changed(user);
    deliveries_.start_due();
    Milliseconds pause = kIdle;
    if (const auto next = deliveries_.earliest_ms())
      pause = Milliseconds(std::clamp<std::int64_t>(*next - ports_.clock.now_ms(), 0, kIdle.count()));
    if (!done) {
      ports_.log.warning("push_delayed", {{"reason", done.error().reason()}});
      const std::scoped_lock lock(mutex_);
      behind_ = true;
      pending_.clear();
      pause = kPause;
    }
    co_await changed_.wait_until(ports_.clock.steady_now() + pause);
  }
  co_await deliveries_.stop();
}

// Until the store answers.
Task<void> Service::load(std::stop_token stop) {
  bool goes_on = true;
  while (goes_on && !stop.stop_requested()) {
    auto loaded = co_await pushers_.load();
    auto waiting = co_await queue_.all();
    if (loaded && waiting) {
      for (const auto& [ref, at_ms] : *waiting) deliveries_.wake(ref, at_ms);
      const std::scoped_lock lock(mutex_);
      behind_ = true;
      co_return;
    }
    goes_on = co_await runtime::sleep_for(kPause, stop);
  }
}

Task<Result<void>> Service::judge_all(std::vector<Arrival> arrivals) {
  for (Arrival& arrival : arrivals) {
    if (arrival.position <= judged_) continue;
    auto judged = co_await judge(std::move(arrival));
    if (!judged) co_return judged;
  }
  co_return Result<void>();
}

// What was committed while nobody judged it.
Task<Result<void>> Service::catch_up() {
  // What comes after this the stream brings.
  auto query = [](storage::Snapshot& snapshot) { return snapshot.last(storage::Sequence::Stream); };
  auto now = co_await ports_.store.read(std::move(query));
  if (!now) co_return std::move(now).error();
  auto earliest = co_await pushers_.earliest();
  if (!earliest) co_return std::move(earliest).error();
  if (!*earliest) co_return Result<void>();
  auto progress = co_await queue_.progress();
  if (!progress) co_return std::move(progress).error();
  const StreamPosition after = std::max(**earliest, progress->value_or(StreamPosition{0}));
  auto arrivals = co_await missed(after, StreamPosition{*now});
  if (!arrivals) co_return std::move(arrivals).error();
  auto judged = co_await judge_all(*std::move(arrivals));
  if (judged) judged_ = StreamPosition{*now};
  co_return judged;
}

// Of each room the newest, in the order of the stream.
Task<Result<std::vector<Service::Arrival>>> Service::missed(StreamPosition after, StreamPosition up_to) {
  std::set<RoomId> joined;
  for (const UserId& user : pushers_.users()) {
    auto rooms = co_await ports_.rooms.rooms_of(user);
    if (!rooms) co_return std::move(rooms).error();
    for (const rooms::UserRoom& room : *rooms) {
      const bool matters =
          room.membership == matrix::Membership::Join || room.membership == matrix::Membership::Invite;
      if (matters) joined.insert(room.room);
    }
  }
  std::vector<RoomId> all(joined.begin(), joined.end());
  std::vector<Arrival> arrivals;
  for (std::size_t from = 0; from < all.size(); from += kRoomsCleared) {
    const std::size_t count = std::min(kRoomsCleared, all.size() - from);
    std::vector<RoomId> some(all.begin() + static_cast<std::ptrdiff_t>(from),
                             all.begin() + static_cast<std::ptrdiff_t>(from + count));
    auto facts = co_await ports_.rooms.facts(some);
    if (!facts) co_return std::move(facts).error();
    for (std::size_t i = 0; i < some.size(); ++i) {
      const StreamPosition last = std::min((*facts)[i].last_event, up_to);
      if (last <= after) continue;
      rooms::TimelineQuery query{.room = some[i], .after = after, .up_to = last, .limit = kMissedPerRoomMax};
      auto timeline = co_await ports_.rooms.unchecked_timeline(std::move(query));
      if (!timeline) co_return std::move(timeline).error();
      for (const rooms::RoomEventPtr& event : timeline->events) {
        auto state = co_await ports_.rooms.state_at(some[i], event->position);
        if (!state) co_return std::move(state).error();
        auto before = co_await ports_.rooms.state_at(some[i], {event->position.value - 1});
        if (!before) co_return std::move(before).error();
        arrivals.push_back({event->position, event->event, *std::move(before), *std::move(state)});
      }
    }
  }
  std::ranges::sort(arrivals, {}, &Arrival::position);
  co_return arrivals;
}

// Who has a pusher and is in the room, or is invited by the event.
std::vector<UserId> Service::candidates(const Arrival& arrival) const {
  std::vector<UserId> found;
  const matrix::Event& event = *arrival.event;
  const auto consider = [&](const UserId& user) {
    if (user != event.sender()) found.push_back(user);
  };
  if (arrival.after->joined_count() < pushers_.user_count()) {
    arrival.after->for_each_joined([&](const UserId& user) {
      if (pushers_.may_have(user)) consider(user);
    });
  } else {
    for (const UserId& user : pushers_.users()) {
      if (arrival.after->membership(user) == matrix::Membership::Join) consider(user);
    }
  }
  if (event.state_key() && event.type() == "m.room.member") {
    const UserId invited(*event.state_key());
    if (is_invitation_of(event, invited) && pushers_.may_have(invited)) consider(invited);
  }
  return found;
}

// Not from whom the person ignores, not what the history's visibility hides.
Task<bool> Service::is_wanted(const Arrival* arrival, UserId user) {
  auto ignored = co_await ports_.choices.ignored_by(user);
  if (!ignored) co_return false;
  const matrix::Event& event = *arrival->event;
  if (*ignored != nullptr && (*ignored)->contains(event.sender())) co_return false;
  gate::Subject reader;
  reader.user = user;
  const auto sight = ports_.gate.sight(reader);
  if (sight != nullptr) {
    auto preparing = sight->prepare(event.room());
    co_await std::move(preparing);
    if (rooms::is_hidden(sight.get(), event)) co_return false;
  }
  if (is_invitation_of(event, user)) {
    const auto invitation = co_await ports_.choices.invitation(user, event.sender());
    co_return invitation && *invitation == rooms::PersonalChoices::Invitation::Accepted;
  }
  const matrix::VisibilityQuestion question{.before = arrival->before->history_visibility(),
                                            .after = arrival->after->history_visibility(),
                                            .membership_before = arrival->before->membership(user),
                                            .membership_after = arrival->after->membership(user),
                                            .joined_later = false};
  co_return matrix::is_visible(question);
}

Task<std::optional<Service::Hit>> Service::judge_for(const Arrival* arrival, UserId user) {
  const bool wanted = co_await is_wanted(arrival, user);
  if (!wanted) co_return std::nullopt;
  auto rules = co_await ports_.readers.rules_of(user);
  if (!rules) co_return std::nullopt;
  const matrix::Event& event = *arrival->event;
  const matrix::PowerLevels levels = arrival->after->power_levels();
  const matrix::PushContext context{
      .joined_members = static_cast<std::int64_t>(arrival->after->joined_count()),
      .sender_level = levels.of(event.sender()),
      .room_notification_level = levels.notification("room")};
  const matrix::EventPtr member = arrival->after->find("m.room.member", user.view());
  const matrix::PushReader reader{
      .user = user,
      .display_name = member ? json::string_or(member->content(), "displayname", "") : std::string_view()};
  matrix::PushVerdict verdict = (*rules)->evaluate(event, context, reader);
  if (!verdict.notify) co_return std::nullopt;
  co_return std::optional<Hit>(Hit{.user = user,
                                   .event = {.room = event.room(),
                                             .event = event.id(),
                                             .highlight = verdict.highlight,
                                             .sound = std::move(verdict.sound)}});
}

Task<Result<void>> Service::judge(Arrival arrival) {
  if (arrival.before == nullptr) arrival.before = arrival.after;
  counts_changed(arrival.event->sender());  // who writes has read
  std::vector<Hit> hits;
  for (const UserId& user : candidates(arrival)) {
    auto hit = co_await judge_for(&arrival, user);
    if (hit) hits.push_back(*std::move(hit));
  }
  auto queued = co_await queue_hits(arrival.position, std::move(hits));
  co_return queued;
}

// Nothing where the policy lets nothing out, or the person has no pusher that is concerned.
Task<Result<Service::Addition>> Service::add_hit(StreamPosition position, Hit hit) {
  Addition addition;
  const Pushers::Mark mark = pushers_.mark();
  auto stored = co_await pushers_.of(hit.user);
  if (!stored) co_return std::move(stored).error();
  if (stored->empty()) {
    pushers_.forget_user(hit.user, mark);
    co_return addition;
  }
  gate::Action action{
      .subject = gate::Subject::system(), .operation = gate::Operation::PushDeliver, .resource = {}};
  action.resource.user = hit.user;
  action.resource.room = hit.event.room;
  action.resource.event = hit.event.event;
  auto admission = co_await ports_.gate.admit(std::move(action));
  if (!std::holds_alternative<gate::Permit>(admission)) co_return addition;
  for (const StoredPusher& one : *stored) {
    if (one.since >= position) continue;
    auto attempts = co_await queue_.attempts_of(one.ref);
    if (!attempts) co_return std::move(attempts).error();
    QueueItem item{.position = position, .event = hit.event};
    auto added = co_await queue_.add_in(&addition.work, one.ref, std::move(item));
    if (!added) co_return std::move(added).error();
    if (one.pusher.kind == Pusher::Kind::Email) {
      *attempts = deliveries_.digest_attempts(*attempts);
      Queue::set_attempts_in(addition.work, one.ref, *attempts);
    }
    addition.woken.emplace_back(one.ref, attempts->next_ms);
  }
  co_return addition;
}

// What waits is the server's own; the record has what goes out.
Task<Result<void>> Service::queue_hits(StreamPosition position, std::vector<Hit> hits) {
  std::vector<Addition> additions;
  for (Hit& hit : hits) {
    auto addition = co_await add_hit(position, std::move(hit));
    if (!addition) co_return std::move(addition).error();
    if (!addition->woken.empty()) additions.push_back(*std::move(addition));
  }
  for (std::size_t i = 0; i < additions.size(); ++i) {
    // Judged is the event when the last of its readers has it: after a crash before, all get it.
    const bool is_last = i + 1 == additions.size();
    Queue::set_progress_in(additions[i].work, {is_last ? position.value : position.value - 1});
    auto ticket = ports_.store.submit(std::move(additions[i].work));
    const auto committed = co_await ticket;
    if (!committed && committed.error().code() == ErrorCode::Conflict) continue;  // the pusher went meanwhile
    if (!committed) co_return committed.error();
    queued_.add(additions[i].woken.size());
    for (const auto& [ref, at_ms] : additions[i].woken) deliveries_.wake(ref, at_ms);
  }
  co_return Result<void>();
}

}  // namespace kuramori::push
