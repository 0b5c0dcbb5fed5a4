#include "appservices/delivery.hpp"

#include <algorithm>
#include <bit>

#include "appservices/delivery_worker.hpp"
#include "appservices/service_request.hpp"
#include "appservices/tables.hpp"
#include "base/text.hpp"
#include "rooms/client_event.hpp"

namespace kuramori::appservices {

using runtime::Task;
using storage::UnitOfWork;

namespace {

constexpr std::size_t kTransactionCharacters = 12;
constexpr Milliseconds kIdle{3'600'000};

std::string listed(const std::vector<StreamPosition>& positions) {
  std::string text;
  for (const StreamPosition position : positions) {
    if (!text.empty()) text.push_back(',');
    text += std::to_string(position.value);
  }
  return text;
}

Result<std::vector<StreamPosition>> read_list(std::string_view text) {
  std::vector<StreamPosition> positions;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const auto number = text::to_integer(text.substr(0, comma));
    if (!number) return corrupt("a list of positions in appservice_deliveries");
    positions.push_back({*number});
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return positions;
}

}  // namespace

std::string Delivery::Transaction::body(const Registration& service) const {
  std::string text = "{\"events\":[" + events_text + "]";
  if (!notices_text.empty()) text += ",\"" + service.ephemeral_name + "\":[" + notices_text + "]";
  return text + "}";
}

Delivery::Worker::Worker(const Services& services, const Registration& registration, const Ports& ports,
                         const Options& options)
    : service(registration),
      interest(services, registration, ports.rooms, ports.store),
      notices(options.notices_max),
      delivered(ports.metrics.counter("kuramori_appservices_events_total",
                                      "Events that application services have received.",
                                      {{"service", registration.id}})),
      notices_delivered(
          ports.metrics.counter("kuramori_appservices_notices_total",
                                "Typing notices, receipts and presence for application services.",
                                {{"service", registration.id}, {"outcome", "sent"}})),
      notices_dropped(ports.metrics.counter("kuramori_appservices_notices_total",
                                            "Typing notices, receipts and presence for application services.",
                                            {{"service", registration.id}, {"outcome", "dropped"}})),
      transactions(ports.metrics.counter("kuramori_appservices_transactions_total",
                                         "Transactions to application services, by outcome.",
                                         {{"service", registration.id}, {"outcome", "delivered"}})),
      failures(ports.metrics.counter("kuramori_appservices_transactions_total",
                                     "Transactions to application services, by outcome.",
                                     {{"service", registration.id}, {"outcome", "failed"}})),
      waiting(ports.metrics.gauge("kuramori_appservices_waiting_positions",
                                  "Positions of the stream that a service has not been asked about yet.",
                                  {{"service", registration.id}})) {
  status.service = registration.id;
}

gate::Subject subject_of(const Registration& service) {
  gate::Subject subject;
  subject.user = service.sender;
  subject.device = DeviceId("appservice:" + service.id);
  subject.session = SessionId("appservice:" + service.id);
  subject.user_agent = "application service " + service.id;
  subject.language = "en";
  return subject;
}

Delivery::Delivery(const Services& services, Ports ports, Options options)
    : services_(services), ports_(std::move(ports)), options_(options) {
  for (const Registration& service : services_.all()) {
    if (!service.url.empty())
      workers_.push_back(std::make_unique<Worker>(services_, service, ports_, options_));
  }
}

Delivery::~Delivery() = default;

void Delivery::spawn(runtime::TaskScope& scope, runtime::Executor& executor) {
  for (const auto& worker : workers_) scope.spawn_on(executor, run(*worker, scope.stop_token()));
}

void Delivery::committed(std::span<const Change> changes) {
  bool is_event = false;
  std::vector<StreamPosition> redacted;
  for (const Change& change : changes) {
    const auto* event = dynamic_cast<const rooms::EventCommitted*>(change.payload.get());
    if (event == nullptr) continue;
    is_event = true;
    if (event->redacted != nullptr) redacted.push_back(event->redacted->position);
  }
  if (!is_event) return;
  told_of(changes.back().position);
  for (const auto& worker : workers_) {
    const std::scoped_lock lock(worker->mutex);
    for (const StreamPosition position : redacted)
      worker->is_outdated = worker->is_outdated || worker->under_way.contains(position);
    // What waits for a service that is down is not hurried by more of the same.
    if (!worker->is_waiting_after_failure) worker->wakeup->notify();
  }
}

// On the thread that commits, alone.
void Delivery::told_of(StreamPosition position) {
  if (told_.load(std::memory_order_relaxed) < position.value)
    told_.store(position.value, std::memory_order_release);
}

// The store tells of a change before it moves its last position: who was woken by the first must not wait for
// the second.
StreamPosition Delivery::newest() const {
  return std::max(ports_.store.last_position(), StreamPosition{told_.load(std::memory_order_acquire)});
}

void Delivery::try_now(std::string_view service) {
  for (const auto& worker : workers_) {
    if (worker->service.id == service) worker->wakeup->notify();
  }
}

std::vector<DeliveryStatus> Delivery::status() const {
  std::vector<DeliveryStatus> all;
  for (const auto& worker : workers_) {
    const std::scoped_lock lock(worker->mutex);
    all.push_back(worker->status);
  }
  return all;
}

Task<void> Delivery::run(Worker& worker, std::stop_token stop) {
  const std::stop_callback on_stop(stop, [wakeup = worker.wakeup] { wakeup->notify(); });
  while (!stop.stop_requested()) {
    auto working = worker.is_loaded ? gather(worker) : load(worker);
    Result<void> done = co_await std::move(working);
    if (done && worker.is_loaded && !worker.transaction.id.empty()) {
      auto delivering = deliver(worker, stop);
      done = co_await std::move(delivering);
    }
    if (!done) {
      if (stop.stop_requested()) co_return;
      ports_.log.error("appservice_delivery_failed",
                       {{"service", worker.service.id}, {"error", done.error().to_log()}});
      failed(worker, std::string(done.error().reason()));
      auto waiting = wait_after_failure(worker, stop);
      co_await std::move(waiting);
      continue;
    }
    const StreamPosition last = newest();
    worker.waiting.set(last.value - worker.received.value);
    {
      const std::scoped_lock lock(worker.mutex);
      worker.status.received = worker.received;
    }
    if (worker.received < last || worker.notices.has(last)) continue;
    const SteadyTime deadline = ports_.clock.steady_now() + kIdle;
    auto waiting = worker.wakeup->wait_until(deadline);
    co_await waiting;
  }
}

// A service that is new here hears of what happens from now on.
Task<Result<void>> Delivery::load(Worker& worker) {
  const std::string id = worker.service.id;
  auto query = [id](storage::Snapshot& snapshot) { return snapshot.get(kDeliveries, {id}); };
  auto reading = ports_.store.read(std::move(query));
  KURAMORI_CO_TRY(row, co_await std::move(reading));
  if (!row) {
    worker.received = newest();
    auto saving = save(worker);
    KURAMORI_CO_CHECK(co_await std::move(saving));
  } else {
    worker.received = {storage::integer((*row)[delivery_column::Received])};
    worker.saved = worker.received;
    Transaction transaction;
    transaction.id = storage::text((*row)[delivery_column::Transaction]);
    transaction.up_to = {storage::integer((*row)[delivery_column::UpTo])};
    KURAMORI_CO_TRY(positions, read_list(storage::text((*row)[delivery_column::Events])));
    transaction.positions = std::move(positions);
    worker.transaction = std::move(transaction);
  }
  worker.is_loaded = true;
  co_return Result<void>();
}

// A place in the stream, not an act: no permission, and no entry in the record.
Task<Result<void>> Delivery::save(Worker& worker) {
  UnitOfWork work;
  work.upsert(kDeliveries, {worker.service.id, worker.received.value, worker.transaction.up_to.value,
                            worker.transaction.id, listed(worker.transaction.positions)});
  auto ticket = ports_.store.submit(std::move(work));
  const auto receipt = co_await ticket;
  if (!receipt) co_return receipt.error();
  worker.saved = worker.received;
  co_return Result<void>();
}

Task<Result<void>> Delivery::gather(Worker& worker) {
  if (!worker.transaction.id.empty()) co_return Result<void>();
  const StreamPosition last = newest();
  StreamPosition reached = worker.received;
  std::vector<StreamPosition> positions;
  if (reached < last) {
    auto reading = places_after(ports_.store, worker.received, last, options_.scanned_max);
    KURAMORI_CO_TRY(places, co_await std::move(reading));
    reached = places.reached;
    for (const EventPlace& place : places.events) {
      auto judging = worker.interest.covers(place);
      KURAMORI_CO_TRY(is_covered, co_await std::move(judging));
      if (is_covered) positions.push_back(place.position);
      if (positions.size() >= options_.events_max) {
        reached = place.position;
        break;
      }
    }
  }
  Transaction& transaction = worker.transaction;
  const bool has_events = !positions.empty();
  transaction.positions = std::move(positions);
  transaction.up_to = reached;
  auto preparing = prepare(worker);
  Result<void> ready = co_await std::move(preparing);
  if (!ready || transaction.id.empty()) transaction = Transaction();
  if (!ready || has_events || !worker.transaction.id.empty()) co_return ready;
  worker.received = reached;
  if (reached.value - worker.saved.value < options_.unsaved_max) co_return Result<void>();
  auto saving = save(worker);
  co_return co_await std::move(saving);
}

// Renders what was gathered and writes it down. Without an id: there is nothing to send.
Task<Result<void>> Delivery::prepare(Worker& worker) {
  Transaction& transaction = worker.transaction;
  const bool has_events = !transaction.positions.empty();
  if (has_events) {
    auto rendering = render(worker, Fit::Cut);
    KURAMORI_CO_CHECK(co_await std::move(rendering));
  }
  if (worker.notices.has(transaction.up_to)) {
    auto taking = take_notices(worker, transaction.up_to);
    KURAMORI_CO_CHECK(co_await std::move(taking));
  }
  if (!has_events && transaction.notices_text.empty()) co_return Result<void>();
  transaction.is_rendered = true;
  transaction.id =
      std::to_string(transaction.up_to.value) + "." + ports_.random.alphanumeric(kTransactionCharacters);
  if (!has_events) co_return Result<void>();  // what is not kept needs no place
  auto saving = save(worker);
  auto saved = co_await std::move(saving);
  co_return saved;
}

void Delivery::watch(Worker& worker) {
  const std::scoped_lock lock(worker.mutex);
  worker.under_way = {worker.transaction.positions.begin(), worker.transaction.positions.end()};
  worker.is_outdated = false;
}

Task<Result<void>> Delivery::render(Worker& worker, Fit fit) {
  Transaction& transaction = worker.transaction;
  watch(worker);  // before they are read: what is redacted from now on is rendered again
  auto reading = places_at(ports_.store, transaction.positions);
  KURAMORI_CO_TRY(places, co_await std::move(reading));
  std::string text;
  std::size_t events = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    auto rendering = render_event(worker, places[i]);
    KURAMORI_CO_TRY(event, co_await std::move(rendering));
    if (fit == Fit::Cut && i > 0 && text.size() + event.size() > options_.bytes_max) {
      transaction.positions.resize(i);
      transaction.up_to = transaction.positions.back();
      break;
    }
    if (event.empty()) continue;
    if (!text.empty()) text.push_back(',');
    text += event;
    ++events;
  }
  transaction.events_text = std::move(text);
  transaction.events = events;
  transaction.is_rendered = true;
  co_return Result<void>();
}

// Empty where the policy keeps the event from the service.
Task<Result<std::string>> Delivery::render_event(Worker& worker, EventPlace place) {
  rooms::TimelineQuery query{.room = place.room,
                             .after = {place.position.value - 1},
                             .up_to = place.position,
                             .direction = storage::Direction::Forward,
                             .limit = 1};
  auto reading = ports_.rooms.unchecked_timeline(std::move(query));
  KURAMORI_CO_TRY(timeline, co_await std::move(reading));
  if (timeline.events.empty()) co_return std::string();
  const rooms::RoomEventPtr event = timeline.events.front();
  gate::Action action{.subject = subject_of(worker.service),
                      .operation = gate::Operation::BridgeDeliver,
                      .resource = {.room = place.room,
                                   .event = event->event->id(),
                                   .user = {},
                                   .event_type = event->event->type(),
                                   .name = worker.service.id},
                      .content = &event->event->content()};
  auto asking = ports_.gate.admit(std::move(action));
  gate::Admission admission = co_await std::move(asking);
  if (std::holds_alternative<gate::Refusal>(admission)) co_return std::string();
  if (auto* error = std::get_if<Error>(&admission)) co_return std::move(*error);
  const gate::Permit permit = std::get<gate::Permit>(std::move(admission));
  if (permit.amended_content()) {
    json::Object masked = matrix::client_form(*event->event);
    masked["content"] = *permit.amended_content();
    co_return json::serialize(masked);
  }
  const DeviceId device("appservice:" + worker.service.id);
  std::string out;
  rooms::append_client_event(out, *event, {.user = worker.service.sender, .device = device}, {});
  co_return out;
}

Task<Result<int>> Delivery::put(Worker& worker, std::string path, std::stop_token stop) {
  net::OutgoingRequest request = request_to(worker.service, net::Method::Put, path);
  request.body = worker.transaction.body(worker.service);
  request.timeout = options_.timeout;
  auto sending = ports_.http.send(std::move(request), stop);
  KURAMORI_CO_TRY(response, co_await std::move(sending));
  co_return response.status;
}

// Before an attempt: what was written down by an earlier process, and what was redacted since the last
// attempt, is read again.
Task<Result<void>> Delivery::refresh(Worker& worker) {
  bool is_outdated = !worker.transaction.is_rendered;
  if (!is_outdated) {
    const std::scoped_lock lock(worker.mutex);
    is_outdated = worker.is_outdated;
  }
  if (!is_outdated) co_return Result<void>();
  auto rendering = render(worker, Fit::AsItIs);
  auto rendered = co_await std::move(rendering);
  co_return rendered;
}

Task<Result<void>> Delivery::deliver(Worker& worker, std::stop_token stop) {
  Transaction& transaction = worker.transaction;
  {
    const std::scoped_lock lock(worker.mutex);
    worker.status.is_under_way = true;
  }
  const std::string name = "/transactions/" + text::percent_encode(transaction.id);
  for (;;) {
    if (stop.stop_requested()) co_return unavailable("The server stops.", "appservice delivery");
    auto refreshing = refresh(worker);
    KURAMORI_CO_CHECK(co_await std::move(refreshing));
    if (transaction.is_empty()) break;
    auto sending = put(worker, "/_matrix/app/v1" + name, stop);
    Result<int> status = co_await std::move(sending);
    if (status && (*status == kNotFound || *status == kMethodNotAllowed)) {
      auto again = put(worker, name, stop);  // "Legacy routes"
      status = co_await std::move(again);
    }
    if (status && is_success(*status)) break;
    if (stop.stop_requested()) co_return unavailable("The server stops.", "appservice delivery");
    failed(worker,
           status ? "status " + std::to_string(*status) : std::string(to_string(status.error().code())));
    auto waiting = wait_after_failure(worker, stop);
    co_await std::move(waiting);
  }
  auto settling = settle(worker);
  co_await std::move(settling);
  co_return Result<void>();
}

// The service has taken it.
Task<void> Delivery::settle(Worker& worker) {
  const Transaction taken = std::exchange(worker.transaction, Transaction());
  const StreamPosition from = worker.received;
  worker.received = std::max(worker.received, taken.up_to);
  worker.wait = Milliseconds(0);
  // What was not kept had no place.
  const bool is_far = worker.received.value - worker.saved.value >= options_.unsaved_max;
  if (!taken.positions.empty() || is_far) {
    auto saving = save(worker);
    const Result<void> saved = co_await std::move(saving);
    // What cannot be written down now is with the next transaction; until then a crash would repeat this one
    // under its id, which the service knows.
    if (!saved)
      ports_.log.warning("appservice_place_not_saved",
                         {{"service", worker.service.id}, {"error", saved.error().to_log()}});
  }
  if (!taken.is_empty()) worker.transactions.add();
  worker.delivered.add(taken.events);
  if (!taken.is_empty() && from < worker.received && ports_.delivered)
    ports_.delivered(subject_of(worker.service), from, worker.received);
  const std::scoped_lock lock(worker.mutex);
  worker.under_way.clear();
  worker.status.is_under_way = false;
  worker.status.failures = 0;
  worker.status.last_failure.clear();
  worker.status.last_success = ports_.clock.now();
}

void Delivery::failed(Worker& worker, std::string why) {
  worker.failures.add();
  const std::scoped_lock lock(worker.mutex);
  ++worker.status.failures;
  // The first, and then ever more rarely: a service may be down for days.
  if (std::has_single_bit(worker.status.failures))
    ports_.log.warning(
        "appservice_not_reached",
        {{"service", worker.service.id}, {"failures", worker.status.failures}, {"reason", why}});
  worker.status.last_failure = std::move(why);
}

Task<void> Delivery::wait_after_failure(Worker& worker, std::stop_token stop) {
  worker.wait = std::clamp(worker.wait * 2, options_.first_wait, options_.longest_wait);
  // Up to a fifth more, so that services of many servers do not come all at once.
  const auto spread = ports_.random.below(static_cast<std::uint64_t>(worker.wait.count()) / 5 + 1);
  const SteadyTime deadline =
      ports_.clock.steady_now() + worker.wait + Milliseconds(static_cast<std::int64_t>(spread));
  {
    const std::scoped_lock lock(worker.mutex);
    worker.is_waiting_after_failure = true;
  }
  if (!stop.stop_requested()) {
    auto waiting = worker.wakeup->wait_until(deadline);
    co_await waiting;
  }
  const std::scoped_lock lock(worker.mutex);
  worker.is_waiting_after_failure = false;
}

}  // namespace kuramori::appservices
