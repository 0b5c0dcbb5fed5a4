// What push asks others to provide.
#pragma once
#include <memory>
#include <string>

#include "base/identifiers.hpp"
#include "base/result.hpp"
#include "gate/permit.hpp"
#include "matrix/push_rules.hpp"
#include "runtime/task.hpp"

namespace kuramori::push {

struct Unread {
  std::int64_t notifications = 0;
  std::int64_t highlights = 0;
};

// `sync` answers them.
class Readers {
 public:
  virtual ~Readers() = default;
  virtual runtime::Task<Result<std::shared_ptr<const matrix::PushRuleSet>>> rules_of(UserId user) = 0;
  // Of all rooms that the user has joined, as the user's clients show it.
  virtual runtime::Task<Result<Unread>> unread(const gate::Permit& permit, UserId user) = 0;
  // Up to where the user has read in the room, threads aside; 0: nowhere.
  virtual runtime::Task<Result<StreamPosition>> read_up_to(UserId user, RoomId room) = 0;
};

struct Letter {
  std::string to = {};
  std::string subject = {};
  std::string text = {};
};

class Post {
 public:
  virtual ~Post() = default;
  virtual runtime::Task<Result<void>> send(Letter letter) = 0;
};

}  // namespace kuramori::push
