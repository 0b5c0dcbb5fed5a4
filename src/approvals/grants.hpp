// Approvals as the gate asks for them: from memory, on any thread. An approval of one message or invitation
// covers exactly that; a general grant covers what its rules hold back, for its time.
#pragma once
#include <mutex>
#include <unordered_map>

#include "approvals/request.hpp"
#include "base/clock.hpp"
#include "gate/ports.hpp"

namespace kuramori::approvals {

// Of content as it was approved.
std::string digest_of(const json::Object& content);

class GrantIndex final : public gate::Grants {
 public:
  // `author`: the account that asks and tells about approvals; what it says is never held.
  GrantIndex(const Clock& clock, UserId author) : clock_(clock), author_(std::move(author)) {}

  bool covers(const gate::Action& action, std::span<const std::string> rules) const override;

  // What the request grants now: something when it is approved, nothing otherwise.
  void put(const Request& request);

 private:
  struct Grant {
    std::string operation = {};
    RoomId room = {};
    UserId target = {};
    std::vector<std::string> rules = {};
    std::string digest = {};
    std::int64_t until_ms = 0;  // 0: until it is delivered
  };
  static bool fits(const Grant& grant, const gate::Action& action, std::span<const std::string> rules,
                   std::int64_t now_ms);

  const Clock& clock_;
  const UserId author_;
  mutable std::mutex mutex_;
  std::unordered_map<UserId, std::unordered_map<std::string, Grant>> by_user_;  // then by request
};

}  // namespace kuramori::approvals
