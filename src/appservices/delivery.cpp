#include "appservices/delivery.hpp"

#include <algorithm>
#include <bit>

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
constexpr int kNotFound = 404;
constexpr int kMethodNotAllowed = 405;

bool is_success(int status) {
  return status >= 200 && status < 300;
}

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

struct Delivery::Transaction {
  std::string id = {};  // empty: none is under way
  StreamPosition up_to = {};
  std::vector<StreamPosition> positions = {};
  std::string body = {};  // empty until it is rendered
  std::size_t events = 0;
};

struct Delivery::Worker {
  Worker(const Services& services, const Registration& registration, const Ports& ports)
      : service(registration),
        interest(services, registration, ports.rooms, ports.store),
        delivered(ports.metrics.counter("kuramori_appservices_events_total",
                                        "Events that application services have received.",
                                        {{"service", registration.id}})),
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

  const Registration& service;
  Interest interest;
  Counter& delivered;
  Counter& transactions;
  Counter& failures;
  Gauge& waiting;
  std::shared_ptr<runtime::Wakeup> wakeup = std::make_shared<runtime::Wakeup>();
  // Of the worker's coroutine alone.
  bool is_loaded = false;
  StreamPosition received;
  StreamPosition saved;
  Transaction transaction;
  Milliseconds wait{0};
  // Of everybody.
  std::mutex mutex;
  DeliveryStatus status;
  bool is_waiting_after_failure = false;
};

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
    if (!service.url.empty()) workers_.push_back(std::make_unique<Worker>(services_, service, ports_));
  }
}

Delivery::~Delivery() = default;

void Delivery::spawn(runtime::TaskScope& scope, runtime::Executor& executor) {
  for (const auto& worker : workers_) scope.spawn_on(executor, run(*worker, scope.stop_token()));
}

void Delivery::committed(std::span<const Change> changes) {
  const bool is_event = std::ranges::any_of(changes, [](const Change& change) {
    return dynamic_cast<const rooms::EventCommitted*>(change.payload.get()) != nullptr;
  });
  if (!is_event) return;
  told_.store(changes.back().position.value, std::memory_order_release);
  for (const auto& worker : workers_) {
    const std::scoped_lock lock(worker->mutex);
    // What waits for a service that is down is not hurried by more of the same.
    if (!worker->is_waiting_after_failure) worker->wakeup->notify();
  }
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
    if (worker.received < last) continue;
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
  if (worker.received >= last) co_return Result<void>();
  auto reading = places_after(ports_.store, worker.received, last, options_.scanned_max);
  KURAMORI_CO_TRY(places, co_await std::move(reading));
  std::vector<StreamPosition> positions;
  StreamPosition reached = places.reached;
  for (const EventPlace& place : places.events) {
    auto judging = worker.interest.covers(place);
    KURAMORI_CO_TRY(is_covered, co_await std::move(judging));
    if (is_covered) positions.push_back(place.position);
    if (positions.size() >= options_.events_max) {
      reached = place.position;
      break;
    }
  }
  if (positions.empty()) {
    worker.received = reached;
    if (reached.value - worker.saved.value < options_.unsaved_max) co_return Result<void>();
    auto saving = save(worker);
    co_return co_await std::move(saving);
  }
  worker.transaction.positions = std::move(positions);
  worker.transaction.up_to = reached;
  worker.transaction.id =
      std::to_string(reached.value) + "." + ports_.random.alphanumeric(kTransactionCharacters);
  auto rendering = render(worker, Fit::Cut);
  Result<void> ready = co_await std::move(rendering);
  if (ready) {
    auto saving = save(worker);
    ready = co_await std::move(saving);
  }
  if (!ready) worker.transaction = Transaction();
  co_return ready;
}

Task<Result<void>> Delivery::render(Worker& worker, Fit fit) {
  Transaction& transaction = worker.transaction;
  auto reading = places_at(ports_.store, transaction.positions);
  KURAMORI_CO_TRY(places, co_await std::move(reading));
  std::string body = "{\"events\":[";
  std::size_t events = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    auto rendering = render_event(worker, places[i]);
    KURAMORI_CO_TRY(event, co_await std::move(rendering));
    if (fit == Fit::Cut && i > 0 && body.size() + event.size() > options_.bytes_max) {
      transaction.positions.resize(i);
      transaction.up_to = transaction.positions.back();
      transaction.id =
          std::to_string(transaction.up_to.value) + "." + ports_.random.alphanumeric(kTransactionCharacters);
      break;
    }
    if (event.empty()) continue;
    if (body.back() != '[') body.push_back(',');
    body += event;
    ++events;
  }
  body += "]}";
  transaction.body = std::move(body);
  transaction.events = events;
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
  if (permit.masked_content()) {
    json::Object masked = matrix::client_form(*event->event);
    masked["content"] = *permit.masked_content();
    co_return json::serialize(masked);
  }
  const DeviceId device("appservice:" + worker.service.id);
  std::string out;
  rooms::append_client_event(out, *event, {.user = worker.service.sender, .device = device}, {});
  co_return out;
}

Task<Result<int>> Delivery::put(Worker& worker, std::string path, std::stop_token stop) {
  net::OutgoingRequest request = request_to(worker.service, net::Method::Put, path);
  request.body = worker.transaction.body;
  request.timeout = options_.timeout;
  auto sending = ports_.http.send(std::move(request), stop);
  KURAMORI_CO_TRY(response, co_await std::move(sending));
  co_return response.status;
}

Task<Result<void>> Delivery::deliver(Worker& worker, std::stop_token stop) {
  Transaction& transaction = worker.transaction;
  if (transaction.body.empty()) {
    auto rendering = render(worker, Fit::AsItIs);
    KURAMORI_CO_CHECK(co_await std::move(rendering));
  }
  {
    const std::scoped_lock lock(worker.mutex);
    worker.status.is_under_way = true;
  }
  const std::string name = "/transactions/" + text::percent_encode(transaction.id);
  while (transaction.events > 0) {
    if (stop.stop_requested()) co_return unavailable("The server stops.", "appservice delivery");
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
  const StreamPosition from = worker.received;
  const std::size_t events = transaction.events;
  worker.received = transaction.up_to;
  worker.transaction = Transaction();
  worker.wait = Milliseconds(0);
  auto saving = save(worker);
  Result<void> saved = co_await std::move(saving);
  // What cannot be written down now is with the next transaction; until then a crash would repeat this one
  // under its id, which the service knows.
  if (!saved)
    ports_.log.warning("appservice_place_not_saved",
                       {{"service", worker.service.id}, {"error", saved.error().to_log()}});
  if (events > 0) {
    worker.delivered.add(events);
    worker.transactions.add();
    if (ports_.delivered) ports_.delivered(subject_of(worker.service), from, worker.received);
  }
  const std::scoped_lock lock(worker.mutex);
  worker.status.is_under_way = false;
  worker.status.failures = 0;
  worker.status.last_failure.clear();
  worker.status.last_success = ports_.clock.now();
  co_return Result<void>();
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
