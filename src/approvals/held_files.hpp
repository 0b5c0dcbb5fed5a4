// Files that policy holds at inspection: approvals ask about them, and whoever keeps them carries out what
// was decided.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "approvals/request.hpp"
#include "gate/action.hpp"
#include "runtime/task.hpp"

namespace kuramori::approvals {

struct HeldFile {
  std::string uri = {};  // mxc://…
  UserId uploader = {};
  std::string name = {};  // as the uploader called it
  std::string type = {};  // by its content
  std::int64_t bytes = 0;
  std::vector<std::string> rules = {};  // that hold it
  json::Array obligations = {};
  json::Object found = {};  // detectors, and how many each found
  std::int64_t inspected_ms = 0;
};

class HeldFiles {
 public:
  enum class Fate : std::uint8_t { Held, Released, Removed };

  virtual ~HeldFiles() = default;
  // Those that approvals decide about.
  virtual runtime::Task<Result<std::vector<HeldFile>>> waiting() = 0;
  virtual runtime::Task<Result<Fate>> fate(std::string uri) = 0;
  // Gives the file out on behalf of who uploaded it; what is given out already stays so. NotFound when it is
  // gone, Conflict while it is examined.
  virtual runtime::Task<Result<void>> release(gate::Subject uploader, Request request) = 0;
  // What is gone already stays so.
  virtual runtime::Task<Result<void>> remove(Request request) = 0;
  // Called, on any thread, when a file was held, or a decision about one was carried out.
  virtual void add_watcher(std::function<void()> watcher) = 0;
};

}  // namespace kuramori::approvals
