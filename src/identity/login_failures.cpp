#include "identity/login_failures.hpp"

#include <algorithm>
#include <utility>

namespace kuramori::identity {

std::string_view to_string(LoginFailure failure) {
  switch (failure) {
    case LoginFailure::UnknownUser:
      return "unknown user";
    case LoginFailure::WrongPassword:
      return "wrong password";
    case LoginFailure::NoPassword:
      return "account without password";
    case LoginFailure::Deactivated:
      return "deactivated account";
    case LoginFailure::UnknownToken:
      break;
  }
  return "unknown login token";
}

LoginFailures::LoginFailures(gate::Gate& gate, const Clock& clock, Limits limits)
    : gate_(gate), clock_(clock), limits_(limits), left_(limits.burst), refilled_(clock.steady_now()) {}

LoginFailures::Turn LoginFailures::take() {
  const std::scoped_lock lock(mutex_);
  const std::int64_t due = (clock_.steady_now() - refilled_) / limits_.each;
  left_ = std::min(limits_.burst, left_ + due);
  refilled_ += due * limits_.each;
  if (left_ == 0) {
    ++unrecorded_;
    return {false, 0};
  }
  --left_;
  return {true, std::exchange(unrecorded_, 0)};
}

runtime::Task<Result<void>> LoginFailures::note(gate::Subject from, UserId tried, LoginFailure why) {
  const Turn turn = take();
  if (!turn.recorded) co_return Result<void>();
  // The record makes a key for whom an entry belongs to: only for people, and not again for those who are
  // gone.
  const bool is_person = why == LoginFailure::WrongPassword || why == LoginFailure::NoPassword;
  gate::Action action{.subject = std::move(from), .operation = gate::Operation::AccountLogin, .resource = {}};
  action.subject.user = is_person ? tried : UserId();
  action.subject.device = {};
  action.subject.session = {};
  action.resource.user = std::move(tried);
  json::Object personal{{"reason", to_string(why)}};
  if (turn.unrecorded_before > 0) personal["unrecorded_before"] = turn.unrecorded_before;
  auto recorded = co_await gate_.record_failure(std::move(action), "M_FORBIDDEN", std::move(personal));
  co_return recorded;
}

}  // namespace kuramori::identity
