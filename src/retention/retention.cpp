#include "retention/retention.hpp"

#include "base/assert.hpp"
#include "retention/tables.hpp"
#include "rooms/withdrawing.hpp"
#include "runtime/manual_executor.hpp"
#include "runtime/thread_name.hpp"

namespace kuramori::retention {
namespace {

constexpr std::size_t kAgainAtOnce = 50;
constexpr std::string_view kReasonKey = "org.kuramori.retention";

runtime::Task<Result<storage::CommitReceipt>> wait_for(storage::CommitTicket ticket) {
  auto receipt = co_await ticket;
  co_return receipt;
}

storage::Row left_row(const EventId& event, const RoomId& room, const std::string& label, std::int64_t due_ms,
                      std::string reason) {
  return {event.str(), room.str(), label, due_ms, std::move(reason)};
}

}  // namespace

Retention::Retention(Ports ports, Options options)
    : ports_(std::move(ports)),
      options_(options),
      redacted_(ports_.metrics.counter("kuramori_retention_redacted_total",
                                       "Messages that were redacted when the time of their label was over.")),
      files_destroyed_(ports_.metrics.counter("kuramori_retention_files_total",
                                              "Files that were destroyed with such messages.")),
      failed_(ports_.metrics.counter("kuramori_retention_failed_total",
                                     "Such messages that could not be redacted, each time.")) {}

Retention::~Retention() {
  stop();
}

Result<void> Retention::commit(storage::UnitOfWork work) {
  runtime::ManualExecutor executor(ports_.clock);
  const auto receipt = executor.run(wait_for(ports_.store.submit(std::move(work))));
  if (!receipt) return receipt.error();
  return {};
}

Result<void> Retention::redact(const RoomId& room, const EventId& event, const Due& due) {
  json::Object content{
      {"reason", "The label of this message keeps it for " + std::to_string(due.days) + " days."},
      {std::string(kReasonKey), json::Object{{"label", due.label}, {"days", std::int64_t{due.days}}}}};
  rooms::Withdrawal withdrawal{.room = room, .event = event, .content = std::move(content)};
  runtime::ManualExecutor executor(ports_.clock);
  const auto withdrawn =
      executor.run(rooms::ask_and_withdraw(ports_.gate, ports_.rooms, std::move(withdrawal)));
  if (!withdrawn) return withdrawn.error();
  return {};
}

// Files first: once the message is redacted nobody knows what it named.
void Retention::end(const Due& due, Done& done, storage::UnitOfWork& work) {
  std::optional<Error> failure;
  for (const std::string& uri : due.files) {
    const auto destroyed = ports_.files.destroy(uri);
    if (!destroyed) {
      failure = destroyed.error();
    } else if (*destroyed) {
      ++done.files;
    }
  }
  for (const EventId& edit : due.edits) {
    if (failure) break;
    const auto redacted = redact(due.room, edit, due);
    if (!redacted && redacted.error().code() != ErrorCode::NotFound) failure = redacted.error();
  }
  if (!failure) {
    const auto redacted = redact(due.room, due.event, due);
    if (!redacted) failure = redacted.error();
  }
  if (!failure) {
    ++done.redacted;
    work.erase(kLeft, {due.event.str()});
    return;
  }
  ++done.failed;
  ports_.log.warning("retention_not_carried_out", {{"room", due.room.view()}, {"error", failure->to_log()}});
  const std::int64_t again_ms = ports_.clock.now_ms() + options_.retry.count();
  work.upsert(kLeft, left_row(due.event, due.room, due.label, again_ms, failure->message()));
}

void Retention::count(const Done& done) {
  redacted_.add(static_cast<std::uint64_t>(done.redacted));
  files_destroyed_.add(static_cast<std::uint64_t>(done.files));
  failed_.add(static_cast<std::uint64_t>(done.failed));
}

Result<bool> Retention::step_of(const Term& term, const governance::LabelLattice& labels) {
  Progress progress;
  auto query = [&](storage::Snapshot& snapshot) -> Result<Piece> {
    KURAMORI_TRY(read, read_progress(snapshot, term.label));
    progress = std::move(read);
    // Messages without a label count as this one only since now.
    if (term.is_for_unlabelled && !progress.is_for_unlabelled) progress.position = {};
    progress.is_for_unlabelled = term.is_for_unlabelled;
    Findings findings(snapshot, ports_.keys, ports_.marks, labels, ports_.clock.now());
    return findings.next(term, progress.position, {});
  };
  KURAMORI_TRY(piece, ports_.store.read_blocking(query));
  if (piece.reached == progress.position && piece.due.empty()) return false;
  Done done;
  storage::UnitOfWork work;
  for (const Due& due : piece.due) end(due, done, work);
  for (const Later& later : piece.later)
    work.upsert(kLeft, left_row(later.event, later.room, term.label, later.due_ms, "sent from the future"));
  progress.position = piece.reached;
  progress.redacted += done.redacted;
  progress.files += done.files;
  progress.failed += done.failed;
  progress.updated_ms = ports_.clock.now_ms();
  work.upsert(kProgress, progress_row(progress));
  KURAMORI_CHECK(commit(std::move(work)));
  count(done);
  return !piece.is_last;
}

// What was left and is due, and what was labelled anew.
Result<bool> Retention::look_again(std::span<const Term> terms, const governance::LabelLattice& labels) {
  std::vector<EventId> events;
  std::vector<Due> due;
  const bool begins = !std::exchange(has_begun_, true);
  auto query = [&](storage::Snapshot& snapshot) -> Result<void> {
    Findings findings(snapshot, ports_.keys, ports_.marks, labels, ports_.clock.now());
    if (begins) {
      KURAMORI_TRY(anew, findings.labelled_anew(terms));
      again_ = std::move(anew);
    }
    const storage::Scan scan{.table = &kLeft,
                             .index = &kLeft.index("retention_left_by_due"),
                             .prefix = {},
                             .from = std::nullopt,
                             .below = storage::Value(ports_.clock.now_ms() + 1),
                             .limit = kAgainAtOnce};
    KURAMORI_TRY(rows, snapshot.scan(scan));
    for (const storage::Row& row : rows) events.emplace_back(storage::text(row[0]));
    while (!again_.empty() && events.size() < 2 * kAgainAtOnce) {
      events.push_back(std::move(again_.back()));
      again_.pop_back();
    }
    for (const EventId& event : events) {
      KURAMORI_TRY(found, findings.again(event, terms));
      if (found) due.push_back(*std::move(found));
    }
    return {};
  };
  KURAMORI_CHECK(ports_.store.read_blocking(query));
  if (events.empty()) return false;
  Done done;
  storage::UnitOfWork work;
  // What is not due any more needs no third look.
  for (const EventId& event : events) work.erase(kLeft, {event.str()});
  for (const Due& one : due) end(one, done, work);
  KURAMORI_CHECK(commit(std::move(work)));
  count(done);
  return true;
}

Result<bool> Retention::step() {
  const std::scoped_lock working(working_);
  const auto policy = ports_.gate.policy();
  const governance::LabelLattice& labels = policy->document().labels;
  const std::vector<Term> terms = terms_of(labels);
  KURAMORI_TRY(has_more, look_again(terms, labels));
  for (const Term& term : terms) {
    KURAMORI_TRY(more, step_of(term, labels));
    has_more = has_more || more;
  }
  if (!has_more) has_begun_ = false;
  return has_more;
}

void Retention::start() {
  ensure(!thread_.joinable(), "retention is started once");
  thread_ = std::jthread([this](const std::stop_token& stop) {
    runtime::name_thread("retention");
    run(stop);
  });
}

void Retention::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void Retention::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto more = step();
    if (!more) ports_.log.error("retention_failed", {{"error", more.error().to_log()}});
    const Milliseconds wait = more && *more ? options_.pause : options_.every;
    std::unique_lock lock(mutex_);
    waiting_.wait_for(lock, stop, wait, [] { return false; });
  }
}

runtime::Task<Result<Retention::Status>> Retention::status(storage::Store& store, gate::Gate& gate,
                                                           gate::Permit permit) {
  permit.require(gate::Operation::AdminRetentionRead);
  const auto policy = gate.policy();
  auto query = [policy](storage::Snapshot& snapshot) -> Result<Status> {
    Status status;
    for (Term& term : terms_of(policy->document().labels)) {
      KURAMORI_TRY(progress, read_progress(snapshot, term.label));
      status.labels.push_back({.term = std::move(term), .progress = std::move(progress)});
    }
    KURAMORI_TRY(last, snapshot.last(storage::Sequence::Stream));
    status.last = {last};
    KURAMORI_CHECK(snapshot.for_each({.table = &kLeft, .prefix = {}}, [&status](storage::Row&&) {
      ++status.left;
      return true;
    }));
    return status;
  };
  auto reading = store.read(std::move(query));
  KURAMORI_CO_TRY(status, co_await std::move(reading));
  auto recording = gate.record(std::move(permit), {});
  KURAMORI_CO_CHECK(co_await std::move(recording));
  co_return status;
}

}  // namespace kuramori::retention
