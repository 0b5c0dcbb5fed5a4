// What the brake asks others to provide.
#pragma once
#include "base/identifiers.hpp"
#include "gate/refusal.hpp"

namespace kuramori::worm_brake {

// Tells people what happened. Blocking; called on the brake's own thread.
class Notices {
 public:
  virtual ~Notices() = default;
  virtual void tell_owner(const UserId& owner, const gate::Localised& text) = 0;
  virtual void tell_security_officers(const gate::Localised& text) = 0;
};

}  // namespace kuramori::worm_brake
