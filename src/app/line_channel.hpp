// Lines over a connected stream socket, blocking.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace kuramori::app {

class LineChannel {
 public:
  // Does not own the descriptor.
  LineChannel(int descriptor, std::size_t line_bytes_max)
      : descriptor_(descriptor), line_bytes_max_(line_bytes_max) {}
  // False when the other side has gone.
  bool send(std::string_view text);
  // Nothing at the end of the stream; an error for a line over the limit.
  Result<std::optional<std::string>> receive();

 private:
  int descriptor_;
  std::size_t line_bytes_max_;
  std::string buffer_;
};

}  // namespace kuramori::app
