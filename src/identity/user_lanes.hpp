// One lane per person for acts that read and then change what is theirs; a fixed number of lanes shared by
// all.
#pragma once
#include <array>

#include "base/identifiers.hpp"
#include "runtime/sequencer.hpp"

namespace kuramori::identity {

class UserLanes {
 public:
  runtime::Sequencer& of(const UserId& user) { return lanes_[std::hash<UserId>{}(user) % lanes_.size()]; }

 private:
  std::array<runtime::Sequencer, 256> lanes_;
};

}  // namespace kuramori::identity
