// Leaves an entry in the record for each login that failed: who was tried, from where, and why; never the
// password.
//
// Attempts are limited per address and account before they come here. What many addresses do together is
// bounded here: so many entries a second, and what goes beyond is counted in the next entry. Thread-safe.
#pragma once
#include <mutex>
#include <string_view>

#include "base/clock.hpp"
#include "gate/gate.hpp"

namespace kuramori::identity {

enum class LoginFailure : std::uint8_t { UnknownUser, WrongPassword, NoPassword, Deactivated, UnknownToken };
std::string_view to_string(LoginFailure failure);

class LoginFailures {
 public:
  // An entry has about 700 octets: with these, a flood that never ends writes 60 MB a day.
  struct Limits {
    std::int64_t burst = 200;
    Milliseconds each{1000};  // one more after this time
  };
  LoginFailures(gate::Gate& gate, const Clock& clock, Limits limits);

  // `from` has the client's address; who is logged in there already does not count. `tried` may be empty.
  // Durable when it returns. The entry belongs to the person who was tried as long as there is one: nobody's
  // else.
  runtime::Task<Result<void>> note(gate::Subject from, UserId tried, LoginFailure why);

 private:
  struct Turn {
    bool recorded;
    std::int64_t unrecorded_before;
  };
  Turn take();

  gate::Gate& gate_;
  const Clock& clock_;
  const Limits limits_;
  std::mutex mutex_;
  std::int64_t left_;
  SteadyTime refilled_;
  std::int64_t unrecorded_ = 0;
};

}  // namespace kuramori::identity
