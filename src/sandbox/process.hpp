// A child process that is confined or becomes it: started, spoken to over a socket pair, ended. Its end is
// certain: the destructor kills and reaps it.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace kuramori::sandbox {

class Process {
 public:
  // The child has the pair's other end as its standard input and output, nothing as its standard error, no
  // other descriptor, an empty environment and no arguments but these.
  static Result<Process> start(const std::filesystem::path& program,
                               const std::vector<std::string>& arguments);
  ~Process();
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;

  int pipe() const { return pipe_; }
  pid_t pid() const { return pid_; }
  bool is_alive();
  // Waits a moment for the end that has to come when the pipe is closed on the other side, then enforces it.
  // What waitpid() says of it.
  int end();

 private:
  Process(pid_t pid, int pipe) : pid_(pid), pipe_(pipe) {}
  pid_t pid_;
  int pipe_;
};

}  // namespace kuramori::sandbox
