// An archive in memory.
#pragma once
#include <algorithm>

#include "backup/octets.hpp"

namespace kuramori::backup::testing {

class MemorySink final : public Sink {
 public:
  Result<void> append(ByteView part) override {
    if (octets.size() + part.size() > room) return unavailable("The disk is full.", "test");
    octets.insert(octets.end(), part.begin(), part.end());
    return {};
  }
  Bytes octets;
  std::size_t room = SIZE_MAX;
};

class MemorySource final : public Source {
 public:
  explicit MemorySource(ByteView octets) : left_(octets) {}
  Result<std::size_t> read(std::span<std::uint8_t> into) override {
    const std::size_t count = std::min(into.size(), left_.size());
    std::copy_n(left_.begin(), count, into.begin());
    left_ = left_.subspan(count);
    return count;
  }

 private:
  ByteView left_;
};

}  // namespace kuramori::backup::testing
