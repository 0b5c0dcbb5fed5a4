// The name of a refusal: 16 characters of which the first eight tell when it was made (milliseconds in base
// 36), so that its entry is found in the record by time, and the rest are random, so that nobody guesses
// another's.
//
//   auto made = time_of_decision(id);   // nothing for what is no such name
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace kuramori::gate {

constexpr std::size_t kDecisionIdLength = 16;

std::string new_decision_id(Timestamp now, Random& random);
std::optional<Timestamp> time_of_decision(std::string_view id);

}  // namespace kuramori::gate
