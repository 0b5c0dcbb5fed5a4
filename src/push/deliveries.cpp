#include "push/deliveries.hpp"

#include <algorithm>

namespace kuramori::push {
namespace {

using runtime::Task;

constexpr std::size_t kAnswerBytesMax = 65'536;
constexpr std::int64_t kDoublingsMax = 20;

bool is_taken(const Result<net::IncomingResponse>& answer) {
  return answer && answer->status >= 200 && answer->status < 300;
}

// "host" alone: the rest of a gateway's URL may be a secret.
std::string host_of(const Pusher& pusher) {
  return authority_of(pusher.url());
}

}  // namespace

Deliveries::Deliveries(Ports ports, Pushers& pushers, Queue& queue, runtime::Wakeup& changed,
                       DeliveryOptions options)
    : ports_(std::move(ports)),
      pushers_(pushers),
      queue_(queue),
      changed_(changed),
      options_(std::move(options)) {}

Counter& Deliveries::outcome(std::string_view name) const {
  return ports_.metrics.counter("kuramori_push_deliveries_total",
                                "Notifications sent to gateways and mailboxes.",
                                {{"outcome", std::string(name)}});
}

Milliseconds Deliveries::backoff(std::int64_t failures, Milliseconds first, Milliseconds most) const {
  Milliseconds pause = first;
  for (std::int64_t i = 1; i < std::min(failures, kDoublingsMax) && pause < most; ++i) pause *= 2;
  return std::min(pause, most);
}

void Deliveries::wake(const PusherRef& ref, std::int64_t at_ms) {
  const auto [lane, is_new] = lanes_.try_emplace(ref, Lane{.busy = false, .next_ms = at_ms});
  if (!is_new && lane->second.busy) lane->second.next_ms = std::min(lane->second.next_ms, at_ms);
}

std::optional<std::int64_t> Deliveries::earliest_ms() const {
  std::optional<std::int64_t> earliest;
  if (under_way_ >= kAtOnce) return earliest;  // an end of one wakes
  for (const auto& [ref, lane] : lanes_) {
    if (!lane.busy && (!earliest || lane.next_ms < *earliest)) earliest = lane.next_ms;
  }
  return earliest;
}

void Deliveries::start_due() {
  const std::int64_t now = ports_.clock.now_ms();
  std::vector<PusherRef> due;
  for (auto& [ref, lane] : lanes_) {
    if (under_way_ + due.size() >= kAtOnce) break;
    if (lane.busy || lane.next_ms > now) continue;
    lane.busy = true;
    lane.next_ms = std::numeric_limits<std::int64_t>::max();
    due.push_back(ref);
  }
  under_way_ += due.size();
  for (PusherRef& ref : due) scope_.spawn(deliver(std::move(ref)));
}

Task<void> Deliveries::stop() {
  co_await scope_.join();
}

Task<void> Deliveries::deliver(PusherRef ref) {
  std::optional<std::int64_t> next = co_await deliver_waiting(ref);
  const auto lane = lanes_.find(ref);
  if (lane != lanes_.end()) {
    // What came meanwhile was seen, or asks for another look now.
    const bool asked = lane->second.next_ms != std::numeric_limits<std::int64_t>::max();
    if (asked && !next) next = lane->second.next_ms;
    if (next) {
      lane->second = {.busy = false, .next_ms = *next};
    } else {
      lanes_.erase(lane);
    }
  }
  --under_way_;
  changed_.notify();
}

Task<std::optional<StoredPusher>> Deliveries::find(PusherRef ref) {
  const Pushers::Mark mark = pushers_.mark();
  auto stored = co_await pushers_.of(ref.user);
  if (!stored) {
    ports_.log.warning("pusher_unreadable", {{"reason", stored.error().reason()}});
    co_return std::nullopt;
  }
  if (stored->empty()) pushers_.forget_user(ref.user, mark);
  for (StoredPusher& one : *stored) {
    if (one.ref == ref) co_return std::optional<StoredPusher>(std::move(one));
  }
  co_return std::nullopt;
}

Task<std::optional<gate::Permit>> Deliveries::permit_for(gate::Operation operation, UserId user,
                                                         QueuedEvent about) {
  gate::Action action{.subject = gate::Subject::system(), .operation = operation, .resource = {}};
  action.resource.user = std::move(user);
  action.resource.room = std::move(about.room);
  action.resource.event = std::move(about.event);
  auto admission = co_await ports_.gate.admit(std::move(action));
  if (auto* permit = std::get_if<gate::Permit>(&admission))
    co_return std::optional<gate::Permit>(std::move(*permit));
  co_return std::nullopt;
}

// When to look again; nothing when nothing is left.
Task<std::optional<std::int64_t>> Deliveries::deliver_waiting(PusherRef ref) {
  const std::int64_t later = ports_.clock.now_ms() + options_.retry.count();
  for (std::size_t i = 0; i < 2 * Queue::kItemsMax; ++i) {
    if (scope_.stop_token().stop_requested()) co_return later;
    auto waiting = co_await queue_.of(ref);
    if (!waiting) co_return later;
    if (waiting->items.empty()) co_return std::nullopt;
    std::optional<StoredPusher> pusher = co_await find(ref);
    if (!pusher) co_return std::nullopt;
    Attempts attempts = waiting->attempts;
    if (attempts.next_ms > ports_.clock.now_ms()) co_return attempts.next_ms;
    Next next = Next::Nothing;
    if (pusher->pusher.kind == Pusher::Kind::Email) {
      next = co_await by_mail(&*pusher, *std::move(waiting), &attempts);
    } else {
      next = co_await to_gateway(&*pusher, waiting->items.front(), &attempts);
    }
    if (next == Next::Nothing) co_return std::nullopt;
    if (next == Next::Wait)
      co_return std::max(attempts.next_ms, ports_.clock.now_ms() + options_.retry.count());
  }
  co_return ports_.clock.now_ms();
}

Task<bool> Deliveries::is_read(UserId user, QueueItem item) {
  const auto read = co_await ports_.readers.has_read(std::move(user), item.event.room, item.position);
  co_return read && *read;
}

Task<Result<rooms::RoomEventPtr>> Deliveries::event_of(QueueItem item) {
  rooms::TimelineQuery query{.room = item.event.room,
                             .after = {item.position.value - 1},
                             .up_to = item.position,
                             .direction = storage::Direction::Forward,
                             .limit = 1};
  auto timeline = co_await ports_.rooms.unchecked_timeline(std::move(query));
  if (!timeline && timeline.error().code() == ErrorCode::NotFound) co_return rooms::RoomEventPtr();
  if (!timeline) co_return std::move(timeline).error();
  co_return timeline->events.empty() ? nullptr : timeline->events.front();
}

// A conflict says that the pusher has gone; whatever else failed is tried again.
Deliveries::Next Deliveries::after(const Result<storage::CommitReceipt>& committed) {
  if (committed) return Next::GoOn;
  return committed.error().code() == ErrorCode::Conflict ? Next::Nothing : Next::Wait;
}

Task<Result<storage::CommitReceipt>> Deliveries::settle(storage::UnitOfWork work) {
  auto ticket = ports_.store.submit(std::move(work));
  auto receipt = co_await ticket;
  co_return receipt;
}

Task<Deliveries::Next> Deliveries::drop(const StoredPusher* pusher, QueueItem item, std::string_view why) {
  storage::UnitOfWork work;
  Queue::erase_in(work, pusher->ref, item.position);
  const auto committed = co_await settle(std::move(work));
  outcome(why).add();
  co_return after(committed);
}

Task<Result<std::optional<std::string>>> Deliveries::body_of(const StoredPusher* pusher,
                                                             const QueueItem* item,
                                                             const gate::Permit* permit) {
  const std::optional<std::string> gone;
  const UserId user = pusher->ref.user;
  rooms::RoomEventPtr event;
  rooms::RoomStatePtr state;
  if (!item->is_badge()) {
    auto found = co_await event_of(*item);
    if (!found) co_return std::move(found).error();
    event = *std::move(found);
    if (event == nullptr) co_return gone;
    auto current = co_await ports_.rooms.current_state(item->event.room);
    if (!current && current.error().code() == ErrorCode::NotFound) co_return gone;
    if (!current) co_return std::move(current).error();
    state = *std::move(current);
  }
  auto unread = co_await ports_.readers.unread(*permit, user);
  if (!unread) co_return std::move(unread).error();
  badges_[pusher->ref] = unread->notifications;
  const Addressee to{.pusher = pusher->pusher, .user = user, .pushkey_ts = pusher->created_ms / 1'000};
  if (event == nullptr) co_return std::optional(badge_push(to, *unread));
  co_return std::optional(event_push(to, item->event, *event->event, *state, *unread));
}

Task<Deliveries::Next> Deliveries::to_gateway(const StoredPusher* pusher, QueueItem item,
                                              Attempts* attempts) {
  const Milliseconds age(ports_.clock.now_ms() - item.queued_ms);
  if (age > options_.age_max) co_return co_await drop(pusher, item, "too_old");
  const std::string url = pusher->pusher.url();
  const bool is_own = is_own_gateway(url, options_.gateways);
  if (!is_own && !url.starts_with("https://")) co_return co_await drop(pusher, item, "not_allowed");
  if (!item.is_badge()) {
    const bool read = co_await is_read(pusher->ref.user, item);
    if (read) co_return co_await drop(pusher, item, "read_meanwhile");
  }
  auto permit = co_await permit_for(gate::Operation::PushDeliver, pusher->ref.user, item.event);
  if (!permit) co_return co_await drop(pusher, item, "refused");
  auto body = co_await body_of(pusher, &item, &*permit);
  if (!body) {
    ports_.log.warning("push_delayed", {{"reason", body.error().reason()}});
    co_return co_await later(pusher, attempts);
  }
  if (!*body) co_return co_await drop(pusher, item, "gone");

  net::OutgoingRequest request{.method = net::Method::Post,
                               .url = url,
                               .body = **std::move(body),
                               .timeout = options_.gateway_timeout,
                               .response_bytes_max = kAnswerBytesMax};
  const net::Reach reach = is_own ? net::Reach::Configured : net::Reach::Public;
  auto answer = co_await ports_.http.send(std::move(request), reach, scope_.stop_token());
  if (is_taken(answer))
    co_return co_await answered(pusher, std::move(item), *std::move(permit), std::move(answer->body));
  if (scope_.stop_token().stop_requested()) co_return Next::Nothing;
  ports_.log.warning("push_gateway_failed",
                     {{"host", host_of(pusher->pusher)},
                      {"status", answer ? answer->status : 0},
                      {"reason", answer ? std::string_view("status") : answer.error().reason()}});
  co_return co_await failed(pusher, *std::move(permit), attempts);
}

Task<Deliveries::Next> Deliveries::answered(const StoredPusher* pusher, QueueItem item, gate::Permit permit,
                                            std::string answer) {
  const auto rejected = rejected_pushkeys(answer);
  if (std::ranges::find(rejected, pusher->pusher.pushkey) != rejected.end()) {
    outcome("rejected").add();
    ports_.log.info("pusher_rejected", {{"host", host_of(pusher->pusher)}});
    auto removal = co_await permit_for(gate::Operation::PusherSet, pusher->ref.user, {});
    if (!removal) co_return Next::Nothing;
    auto removed = co_await pushers_.remove(*std::move(removal), pusher->ref, "rejected by its gateway");
    if (!removed) ports_.log.warning("rejected_pusher_stays", {{"reason", removed.error().reason()}});
    badges_.erase(pusher->ref);
    co_return Next::Nothing;
  }
  outcome("delivered").add();
  storage::UnitOfWork work;
  Queue::erase_in(work, pusher->ref, item.position);
  Queue::set_attempts_in(work, pusher->ref, {});
  gate::Outcome note{.detail = "notification delivered"};
  auto committed = co_await ports_.gate.commit(std::move(permit), std::move(work), std::move(note));
  co_return after(committed);
}

void Deliveries::count_failure(Attempts& attempts) const {
  ++attempts.failures;
  attempts.next_ms =
      ports_.clock.now_ms() + backoff(attempts.failures, options_.retry, options_.retry_max).count();
}

Task<Deliveries::Next> Deliveries::failed(const StoredPusher* pusher, gate::Permit permit,
                                          Attempts* attempts) {
  outcome("failed").add();
  count_failure(*attempts);
  storage::UnitOfWork work;
  Queue::set_attempts_in(work, pusher->ref, *attempts);
  gate::Outcome note{.detail = "notification not delivered; tried again later"};
  auto committed = co_await ports_.gate.commit(std::move(permit), std::move(work), std::move(note));
  const Next next = after(committed);
  co_return next == Next::GoOn ? Next::Wait : next;
}

Task<Deliveries::Next> Deliveries::later(const StoredPusher* pusher, Attempts* attempts) {
  outcome("delayed").add();
  count_failure(*attempts);
  storage::UnitOfWork work;
  Queue::set_attempts_in(work, pusher->ref, *attempts);
  const auto committed = co_await settle(std::move(work));
  const Next next = after(committed);
  co_return next == Next::GoOn ? Next::Wait : next;
}

Attempts Deliveries::digest_attempts(Attempts attempts) const {
  const std::int64_t now = ports_.clock.now_ms();
  if (attempts.next_ms <= now) attempts.next_ms = now + options_.digest_delay.count();
  return attempts;
}

Task<Result<std::vector<DigestItem>>> Deliveries::digest_items(const StoredPusher* pusher,
                                                               const Waiting* waiting) {
  std::vector<DigestItem> items;
  for (const QueueItem& item : waiting->items) {
    if (item.is_badge()) continue;
    const bool read = co_await is_read(pusher->ref.user, item);
    if (read) continue;
    auto event = co_await event_of(item);
    if (!event) co_return std::move(event).error();
    if (*event == nullptr) continue;
    auto state = co_await ports_.rooms.current_state(item.event.room);
    if (!state && state.error().code() == ErrorCode::NotFound) continue;
    if (!state) co_return std::move(state).error();
    const matrix::Event& said = *(*event)->event;
    DigestItem line{.sender = member_name(**state, said.sender()), .room = room_name(**state), .text = {}};
    if (options_.digest_shows_text) line.text = std::string(json::string_or(said.content(), "body", ""));
    items.push_back(std::move(line));
  }
  co_return items;
}

Task<Deliveries::Next> Deliveries::by_mail(const StoredPusher* pusher, Waiting waiting, Attempts* attempts) {
  auto permit = co_await permit_for(gate::Operation::PushDeliver, pusher->ref.user, {});
  if (!permit) co_return Next::Nothing;
  auto items = co_await digest_items(pusher, &waiting);
  if (!items) {
    ports_.log.warning("push_delayed", {{"reason", items.error().reason()}});
    co_return co_await later(pusher, attempts);
  }
  storage::UnitOfWork work;
  for (const QueueItem& item : waiting.items) Queue::erase_in(work, pusher->ref, item.position);
  if (items->empty() || ports_.post == nullptr) {
    const auto emptied = co_await settle(std::move(work));
    co_return after(emptied);
  }
  const DigestContext context{.to = pusher->pusher.pushkey,
                              .organisation = options_.organisation,
                              .base_url = options_.base_url,
                              .language = pusher->pusher.lang};
  Letter letter = make_digest(context, *items);
  auto sent = co_await ports_.post->send(std::move(letter));
  if (!sent) {
    ports_.log.warning("digest_not_sent", {{"reason", sent.error().reason()}});
    co_return co_await failed(pusher, *std::move(permit), attempts);
  }
  outcome("mailed").add();
  ++attempts->failures;
  attempts->next_ms =
      ports_.clock.now_ms() +
      backoff(attempts->failures + 1, options_.digest_delay, options_.digest_delay_max).count();
  Queue::set_attempts_in(work, pusher->ref, *attempts);
  gate::Outcome note{.detail = "digest mailed"};
  auto committed = co_await ports_.gate.commit(*std::move(permit), std::move(work), std::move(note));
  co_return after(committed);
}

Task<void> Deliveries::counts_changed(UserId user) {
  auto stored = co_await pushers_.of(user);
  if (!stored || stored->empty()) co_return;
  auto permit = co_await permit_for(gate::Operation::PushDeliver, user, {});
  if (!permit) co_return;
  auto unread = co_await ports_.readers.unread(*permit, user);
  if (!unread) co_return;
  storage::UnitOfWork work;
  std::vector<PusherRef> told;
  for (const StoredPusher& one : *stored) {
    if (one.pusher.kind == Pusher::Kind::Email) {
      if (unread->notifications == 0) Queue::clear_in(work, one.ref);
      continue;
    }
    const auto known = badges_.find(one.ref);
    if (known != badges_.end() && known->second == unread->notifications) continue;
    QueueItem badge;
    auto added = co_await queue_.add_in(&work, one.ref, std::move(badge));
    if (added) told.push_back(one.ref);
  }
  if (work.empty()) co_return;
  const auto committed = co_await settle(std::move(work));
  if (!committed) co_return;
  for (const PusherRef& ref : told) wake(ref, ports_.clock.now_ms());
}

}  // namespace kuramori::push
