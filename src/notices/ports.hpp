// What this module asks others to provide. All of it may block: it is called on the teller's own thread.
#pragma once
#include <vector>

#include "base/identifiers.hpp"
#include "gate/refusal.hpp"
#include "organisation/directory.hpp"

namespace kuramori::notices {

class Messenger {
 public:
  virtual ~Messenger() = default;
  // In a room of the server with the person; false when that could not be done.
  virtual bool tell(const UserId& person, const gate::Localised& text) = 0;
};

class House {
 public:
  virtual ~House() = default;
  virtual organisation::DirectoryPtr directory() const = 0;
  virtual UserId owner_of(const RoomId& room) = 0;  // who made it; empty: not known
  // Who looks after security: officers, administrators.
  virtual std::vector<UserId> officers() = 0;
  // Whether it is an account here, so that it can be told anything.
  virtual bool is_account(const UserId& person) = 0;
};

}  // namespace kuramori::notices
