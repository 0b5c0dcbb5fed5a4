// How often something happened lately: the counters that a policy's conditions ask about. In memory and
// bounded; a restart begins anew.
#pragma once
#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"
#include "governance/decision.hpp"
#include "governance/policy_document.hpp"

namespace kuramori::gate {

class CounterBook {
 public:
  static constexpr std::size_t kKeysMax = 100'000;  // beyond that the longest untouched are forgotten
  static constexpr std::size_t kTimesMax = 10'000;  // of one key: the most that a condition may ask for

  // Thread-safe.
  std::uint32_t recent(const governance::CounterRule& counter, const governance::Question& question);
  void count(const governance::CounterRule& counter, const governance::Question& question);

 private:
  struct Times {
    std::deque<Timestamp> times;
    Timestamp touched;
  };
  static std::string key_of(const governance::CounterRule& counter, const governance::Question& question);
  static void forget_before(Times& times, Timestamp earliest);
  void make_room();

  std::mutex mutex_;
  std::unordered_map<std::string, Times> books_;
};

}  // namespace kuramori::gate
