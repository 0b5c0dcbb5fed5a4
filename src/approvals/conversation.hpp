// The rooms in which people are asked and told: one between each of them and an account of the server's. What
// was said is not kept anywhere else: the same words under the same name are said once, and saying them again
// finds their event.
#pragma once
#include <deque>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "approvals/answer.hpp"
#include "approvals/ports.hpp"
#include "runtime/wakeup.hpp"

namespace kuramori::approvals {

class Conversation final : public storage::StreamListener {
 public:
  static constexpr std::size_t kHeardMax = 10'000;

  Conversation(const Ports& ports, const Options& options, runtime::Wakeup& heard)
      : ports_(ports), author_(author_of(options.server)), heard_(heard) {}

  // Finds the rooms that exist. Before anything is said.
  runtime::Task<Result<void>> find_rooms();

  struct Message {
    UserId to = {};
    std::string name = {};  // the same name is said once
    std::string text = {};
    json::Object about = {};  // for programs: "org.kuramori.approval"
  };
  runtime::Task<Result<EventId>> say(Message message);
  // Answers to `event` are about this request.
  void expect_answer(const UserId& from, const EventId& event, std::string request);

  struct Heard {
    UserId by = {};
    std::string request = {};
    EventId event = {};  // the answer
    Verdict verdict = Verdict::Refuse;
    std::string reason = {};
  };
  std::vector<Heard> take_heard();
  // Answers that came while nobody listened, to what is expected by now.
  runtime::Task<Result<void>> catch_up(UserId from);

  // One who answered.
  void committed(std::span<const Change> changes) override;

 private:
  struct Expected {
    UserId from = {};
    std::string request = {};
  };
  runtime::Task<Result<gate::Permit>> permission(UserId as, gate::Operation operation,
                                                 gate::Resource resource);
  runtime::Task<Result<RoomId>> room_with(UserId to);
  void hear(const matrix::Event& event);  // under the lock
  bool match(const UserId& by, const EventId& event, const Answer& answer);

  const Ports& ports_;
  const UserId author_;
  runtime::Wakeup& heard_;
  std::mutex mutex_;
  std::unordered_map<UserId, RoomId> rooms_;
  std::unordered_set<RoomId> known_rooms_;
  static constexpr std::size_t kExpectedMax = 50'000;
  std::unordered_map<EventId, Expected> expected_;
  std::deque<EventId> by_age_;  // of expected_: the oldest go
  std::deque<Heard> heard_answers_;
  struct Early {
    UserId by = {};
    EventId event = {};
    Answer answer = {};
  };
  static constexpr std::size_t kEarlyMax = 100;
  std::deque<Early> early_;  // answers to what is not expected yet: the question was committed a moment ago
};

}  // namespace kuramori::approvals
