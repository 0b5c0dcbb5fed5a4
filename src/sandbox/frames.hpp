// What crosses the pipe between the server and a sandboxed process. Both readers take bytes as they come,
// trust nothing, and hold at most what they were told to accept.
//
//   server → process: parameters (u32 length, bytes), then the input in parts (u32 length, bytes), then a
//   part of
//                     length 0
//   process → server: kReady when it has confined itself, then one answer: u8 Verdict, u32 length and bytes
//   of
//                     the summary, u64 length and bytes of the output
#pragma once
#include <array>
#include <cstdint>

#include "base/bytes.hpp"

namespace kuramori::sandbox {

constexpr std::array<std::uint8_t, 4> kReady{'K', 'S', 'B', '1'};
constexpr std::size_t kParametersBytesMax = 65'536;
constexpr std::size_t kSummaryBytesMax = 65'536;
constexpr std::size_t kPartBytesMax = 1 << 20;

enum class Verdict : std::uint8_t { Done = 0, Refused = 1 };

enum class Reading : std::uint8_t { More, Complete, Malformed };

// A few octets that arrive in pieces, read as one little-endian number.
class PartialNumber {
 public:
  void expect(std::size_t bytes) {
    wanted_ = bytes;
    value_ = have_ = 0;
  }
  // True when it is whole; takes what it needs from `bytes`.
  bool feed(ByteView& bytes);
  std::uint64_t value() const { return value_; }

 private:
  std::size_t wanted_ = 4;
  std::size_t have_ = 0;
  std::uint64_t value_ = 0;
};

class RequestReader {
 public:
  explicit RequestReader(std::size_t input_bytes_max) : input_bytes_max_(input_bytes_max) {}
  // Malformed, too, when the input is larger than was agreed, or bytes follow the end.
  Reading feed(ByteView bytes);
  const Bytes& parameters() const { return parameters_; }
  const Bytes& input() const { return input_; }

 private:
  enum class State : std::uint8_t { ParametersLength, Parameters, PartLength, Part, Complete, Malformed };
  void take_length(ByteView& bytes);
  void take_bytes(ByteView& bytes, Bytes& into);

  std::size_t input_bytes_max_;
  State state_ = State::ParametersLength;
  PartialNumber number_;
  std::size_t left_ = 0;
  Bytes parameters_;
  Bytes input_;
};

struct Answer {
  Verdict verdict = Verdict::Done;
  Bytes summary;
  Bytes output;
};

class AnswerReader {
 public:
  explicit AnswerReader(std::size_t output_bytes_max) : output_bytes_max_(output_bytes_max) {
    number_.expect(1);
  }
  Reading feed(ByteView bytes);
  Answer take() && { return std::move(answer_); }

 private:
  enum class State : std::uint8_t {
    Verdict,
    SummaryLength,
    Summary,
    OutputLength,
    Output,
    Complete,
    Malformed
  };
  void take_number();
  void take_bytes(ByteView& bytes, Bytes& into, State next);

  std::size_t output_bytes_max_;
  State state_ = State::Verdict;
  PartialNumber number_;
  std::size_t left_ = 0;
  Answer answer_;
};

Bytes answer_head(Verdict verdict, ByteView summary, std::uint64_t output_bytes);

}  // namespace kuramori::sandbox
