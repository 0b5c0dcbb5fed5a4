#include "sandbox/frames.hpp"

#include <algorithm>

#include "sandbox/wire.hpp"

namespace kuramori::sandbox {

bool PartialNumber::feed(ByteView& bytes) {
  while (have_ < wanted_ && !bytes.empty()) {
    value_ |= std::uint64_t{bytes.front()} << (8 * have_++);
    bytes = bytes.subspan(1);
  }
  return have_ == wanted_;
}

Reading RequestReader::feed(ByteView bytes) {
  while (!bytes.empty() && state_ != State::Malformed) {
    switch (state_) {
      case State::ParametersLength:
      case State::PartLength:
        take_length(bytes);
        break;
      case State::Parameters:
        take_bytes(bytes, parameters_);
        break;
      case State::Part:
        take_bytes(bytes, input_);
        break;
      case State::Complete:
      case State::Malformed:
        state_ = State::Malformed;
        break;
    }
  }
  if (state_ == State::Malformed) return Reading::Malformed;
  return state_ == State::Complete ? Reading::Complete : Reading::More;
}

void RequestReader::take_length(ByteView& bytes) {
  if (!number_.feed(bytes)) return;
  left_ = static_cast<std::size_t>(number_.value());
  number_.expect(4);
  if (state_ == State::ParametersLength) {
    state_ = left_ > kParametersBytesMax ? State::Malformed
             : left_ > 0                 ? State::Parameters
                                         : State::PartLength;
    return;
  }
  if (left_ == 0) {
    state_ = State::Complete;
  } else if (left_ > kPartBytesMax || left_ > input_bytes_max_ - input_.size()) {
    state_ = State::Malformed;
  } else {
    state_ = State::Part;
  }
}

void RequestReader::take_bytes(ByteView& bytes, Bytes& into) {
  const ByteView part = bytes.first(std::min(bytes.size(), left_));
  into.insert(into.end(), part.begin(), part.end());
  bytes = bytes.subspan(part.size());
  left_ -= part.size();
  if (left_ == 0) state_ = State::PartLength;
}

Reading AnswerReader::feed(ByteView bytes) {
  while (!bytes.empty() && state_ != State::Malformed) {
    switch (state_) {
      case State::Verdict:
      case State::SummaryLength:
      case State::OutputLength:
        if (number_.feed(bytes)) take_number();
        break;
      case State::Summary:
        take_bytes(bytes, answer_.summary, State::OutputLength);
        break;
      case State::Output:
        take_bytes(bytes, answer_.output, State::Complete);
        break;
      case State::Complete:
      case State::Malformed:
        state_ = State::Malformed;
        break;
    }
  }
  if (state_ == State::Malformed) return Reading::Malformed;
  return state_ == State::Complete ? Reading::Complete : Reading::More;
}

void AnswerReader::take_number() {
  const std::uint64_t value = number_.value();
  switch (state_) {
    case State::Verdict:
      answer_.verdict = static_cast<Verdict>(value);
      number_.expect(4);
      state_ = value <= 1 ? State::SummaryLength : State::Malformed;
      return;
    case State::SummaryLength:
      left_ = static_cast<std::size_t>(value);
      number_.expect(8);
      state_ = value > kSummaryBytesMax ? State::Malformed : value > 0 ? State::Summary : State::OutputLength;
      return;
    default:
      left_ = static_cast<std::size_t>(value);
      state_ = value > output_bytes_max_ ? State::Malformed : value > 0 ? State::Output : State::Complete;
  }
}

void AnswerReader::take_bytes(ByteView& bytes, Bytes& into, State next) {
  const ByteView part = bytes.first(std::min(bytes.size(), left_));
  into.insert(into.end(), part.begin(), part.end());
  bytes = bytes.subspan(part.size());
  left_ -= part.size();
  if (left_ == 0) state_ = next;
}

Bytes answer_head(Verdict verdict, ByteView summary, std::uint64_t output_bytes) {
  return WireWriter().u8(static_cast<std::uint8_t>(verdict)).text(as_text(summary)).u64(output_bytes).take();
}

}  // namespace kuramori::sandbox
