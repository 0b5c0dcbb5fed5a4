#include "notices/teller.hpp"

#include "base/assert.hpp"
#include "notices/recipients.hpp"
#include "notices/words.hpp"
#include "runtime/thread_name.hpp"

namespace kuramori::notices {
namespace {

constexpr auto kLookAgain = std::chrono::seconds(1);

}  // namespace

Teller::Teller(Ports ports, Options options)
    : ports_(std::move(ports)),
      gathering_(options.every),
      told_(
          ports_.metrics.counter("kuramori_notices_total",
                                 "Notices to people about acts that rules want told, by what became of them.",
                                 {{"outcome", "told"}})),
      failed_(
          ports_.metrics.counter("kuramori_notices_total",
                                 "Notices to people about acts that rules want told, by what became of them.",
                                 {{"outcome", "failed"}})),
      lost_(ports_.metrics.counter("kuramori_notices_lost_total",
                                   "Acts that rules want told and nobody was: there were too many.")) {}

Teller::~Teller() {
  stop();
}

void Teller::happened(gate::Occurrence occurrence) {
  {
    const std::scoped_lock lock(mutex_);
    if (queue_.size() >= kQueueMax) {
      lost_.add();
      return;
    }
    queue_.push_back(std::move(occurrence));
  }
  arrived_.notify_one();
}

std::deque<gate::Occurrence> Teller::take_queue() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(queue_, {});
}

void Teller::add(Heading heading, const gate::Occurrence& occurrence) {
  if (!gathering_.add(heading, occurrence)) lost_.add();
}

void Teller::gather(const std::deque<gate::Occurrence>& occurrences) {
  std::optional<std::vector<UserId>> officers;  // looked up once, when an alert asks
  for (const gate::Occurrence& occurrence : occurrences) gather_one(occurrence, officers);
}

void Teller::gather_one(const gate::Occurrence& occurrence, std::optional<std::vector<UserId>>& officers) {
  const organisation::DirectoryPtr directory = ports_.house.directory();
  for (const governance::NoticeDuty& duty : occurrence.notices) {
    const Scene scene{.directory = *directory,
                      .who = occurrence.who,
                      .owner = occurrence.resource.room.empty()
                                   ? UserId()
                                   : ports_.house.owner_of(occurrence.resource.room)};
    for (UserId& person : recipients_of(duty.to, scene))
      add({.to = std::move(person), .rule = duty.rule}, occurrence);
  }
  if (occurrence.alerts.empty()) return;
  if (!officers) officers = ports_.house.officers();
  for (const UserId& officer : *officers) {
    if (officer == occurrence.who) continue;
    for (const governance::AlertDuty& alert : occurrence.alerts)
      add({.to = officer, .rule = alert.rule, .alert = alert.severity}, occurrence);
  }
}

void Teller::tell(const std::vector<Notice>& notices) {
  for (const Notice& notice : notices) {
    const bool is_told = ports_.house.is_account(notice.heading.to) &&
                         ports_.messenger.tell(notice.heading.to, words_of(notice));
    (is_told ? told_ : failed_).add();
    if (!is_told)
      ports_.log.warning("notice_not_told",
                         {{"to", notice.heading.to.view()}, {"rule", notice.heading.rule}});
  }
}

void Teller::step() {
  gather(take_queue());
  tell(gathering_.take_due(ports_.clock.steady_now()));
}

void Teller::start() {
  ensure(!thread_.joinable(), "the teller is started once");
  thread_ = std::jthread([this](const std::stop_token& stop) {
    runtime::name_thread("notices");
    run(stop);
  });
}

void Teller::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
  gather(take_queue());
  tell(gathering_.take_all());
}

void Teller::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    step();
    std::unique_lock lock(mutex_);
    if (gathering_.empty()) {
      arrived_.wait(lock, stop, [this] { return !queue_.empty(); });
    } else {
      arrived_.wait_for(lock, stop, kLookAgain, [this] { return !queue_.empty(); });
    }
  }
}

}  // namespace kuramori::notices
