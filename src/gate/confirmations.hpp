// Who was asked to confirm what, and who has. From every client: the same act once more within a minute is
// the confirmation. In memory and bounded; after a restart people are asked again.
#pragma once
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"
#include "gate/action.hpp"
#include "governance/decision.hpp"

namespace kuramori::gate {

class Confirmations {
 public:
  static constexpr std::size_t kKeysMax = 50'000;  // beyond that the oldest half is forgotten: asked again

  enum class Answer : std::uint8_t { Ask, Confirmed };
  // Whether this is the second attempt, or was confirmed in this room not long ago where a rule remembers
  // that (obligation "remember_minutes"). Thread-safe.
  Answer check(const Action& action, const governance::Decision& decision, Timestamp now);

 private:
  void make_room();
  std::mutex mutex_;
  std::unordered_map<std::string, Timestamp> asked_;       // until when a second attempt counts
  std::unordered_map<std::string, Timestamp> remembered_;  // until when nobody is asked
};

}  // namespace kuramori::gate
