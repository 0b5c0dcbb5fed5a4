// One job's conversation with its process, on the thread that calls. Never waits beyond its deadline.
#pragma once
#include "base/clock.hpp"
#include "sandbox/frames.hpp"
#include "sandbox/process.hpp"
#include "sandbox/sandbox.hpp"

namespace kuramori::sandbox {

class Exchange {
 public:
  enum class Stopped : std::uint8_t { No, Closed, Late };

  Exchange(int pipe, const Clock& clock, SteadyTime deadline)
      : pipe_(pipe), clock_(clock), deadline_(deadline) {}

  Stopped await_ready();
  // Sends the request while it reads the answer, which may come before all was sent. An error is the input's.
  Result<Reading> talk(ByteView parameters, Input& input, AnswerReader& reader);
  Stopped stopped() const { return stopped_; }

 private:
  // What can be read now; empty when there is nothing (for `events` of poll) or it has stopped.
  ByteView receive();
  short wait(short events);
  bool send_some(ByteView& bytes);
  Result<bool> next_part(Input& input);

  int pipe_;
  const Clock& clock_;
  SteadyTime deadline_;
  Stopped stopped_ = Stopped::No;
  Bytes room_ = Bytes(65'536);
  Bytes head_;
  ByteView head_left_;
  ByteView part_left_;
  bool is_all_sent_ = false;
};

}  // namespace kuramori::sandbox
