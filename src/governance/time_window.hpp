// Times of the week in one place of the world: "Monday to Friday, 09:00 to 18:00 in Asia/Hong_Kong".
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace kuramori::governance {

class TimeWindow {
 public:
  struct Description {
    std::uint8_t days = 0x7F;        // bit 0: Monday
    std::uint16_t from_minute = 0;   // of the day
    std::uint16_t to_minute = 1440;  // exclusive; before `from_minute`: on the next day
    std::string zone = "UTC";        // a name of the IANA time zone database
  };
  // An error when the zone does not exist.
  static Result<std::shared_ptr<const TimeWindow>> make(Description description);
  ~TimeWindow();
  TimeWindow(const TimeWindow&) = delete;
  TimeWindow& operator=(const TimeWindow&) = delete;

  // Thread-safe.
  bool contains(Timestamp time) const;

 private:
  struct State;
  explicit TimeWindow(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::governance
