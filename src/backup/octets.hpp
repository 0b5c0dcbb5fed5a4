// Where an archive is written to, and where it is read from: front to back, blocking.
#pragma once
#include <span>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace kuramori::backup {

class Sink {
 public:
  virtual ~Sink() = default;
  virtual Result<void> append(ByteView octets) = 0;
};

class Source {
 public:
  virtual ~Source() = default;
  // How many octets were read; fewer than asked for at the end alone.
  virtual Result<std::size_t> read(std::span<std::uint8_t> into) = 0;
};

}  // namespace kuramori::backup
