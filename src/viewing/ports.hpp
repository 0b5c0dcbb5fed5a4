// What viewing asks others to provide.
#pragma once
#include <string>

#include "gate/action.hpp"
#include "runtime/task.hpp"

namespace kuramori::viewing {

// What ties a person to a file.
class Ties {
 public:
  virtual ~Ties() = default;
  // Whether the person is asked to decide about the file, which is held (mxc://…).
  virtual runtime::Task<Result<bool>> decides_about(UserId person, std::string uri) = 0;
  // Whether the person sees a message that names the file.
  virtual runtime::Task<Result<bool>> sees(gate::Subject person, std::string uri) = 0;
};

class Readers {
 public:
  virtual ~Readers() = default;
  // What the person is called; empty: nothing.
  virtual runtime::Task<std::string> name_of(UserId person) = 0;
};

}  // namespace kuramori::viewing
