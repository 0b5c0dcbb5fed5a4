#include "governance/time_window.hpp"

#include <unicode/timezone.h>

namespace kuramori::governance {

namespace {

constexpr std::int64_t kMinutesOfDay = 1440;
constexpr std::int64_t kEpochDay = 3;  // 1 January 1970 was a Thursday; Monday is 0

}  // namespace

struct TimeWindow::State {
  Description description;
  std::unique_ptr<icu::TimeZone> zone;
};

TimeWindow::TimeWindow(std::unique_ptr<State> state) : state_(std::move(state)) {}
TimeWindow::~TimeWindow() = default;

Result<std::shared_ptr<const TimeWindow>> TimeWindow::make(Description description) {
  const auto name = icu::UnicodeString::fromUTF8(description.zone);
  std::unique_ptr<icu::TimeZone> zone(icu::TimeZone::createTimeZone(name));
  if (zone == nullptr || *zone == icu::TimeZone::getUnknown())
    return invalid_argument("'" + description.zone + "' is not a time zone such as Asia/Tokyo.");
  auto state = std::make_unique<State>();
  state->description = std::move(description);
  state->zone = std::move(zone);
  return std::shared_ptr<const TimeWindow>(new TimeWindow(std::move(state)));
}

bool TimeWindow::contains(Timestamp time) const {
  const std::int64_t utc = to_unix_ms(time);
  std::int32_t raw = 0;
  std::int32_t saving = 0;
  UErrorCode failed = U_ZERO_ERROR;
  state_->zone->getOffset(static_cast<UDate>(utc), 0, raw, saving, failed);
  if (U_FAILURE(failed) != 0) return false;
  const auto minutes = std::chrono::floor<std::chrono::minutes>(Milliseconds(utc + raw + saving)).count();
  const std::int64_t minute = ((minutes % kMinutesOfDay) + kMinutesOfDay) % kMinutesOfDay;
  const std::int64_t day = (minutes - minute) / kMinutesOfDay;
  const Description& window = state_->description;
  const auto has_day = [&](std::int64_t number) {
    const std::int64_t weekday = (((number + kEpochDay) % 7) + 7) % 7;
    return (window.days >> weekday & 1U) != 0;
  };
  if (window.from_minute < window.to_minute)
    return has_day(day) && minute >= window.from_minute && minute < window.to_minute;
  // Over midnight: the evening of a day, or the morning after one.
  return (has_day(day) && minute >= window.from_minute) || (has_day(day - 1) && minute < window.to_minute);
}

}  // namespace kuramori::governance
