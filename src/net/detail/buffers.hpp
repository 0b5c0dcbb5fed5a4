// Read buffers, pooled per thread, so that a connection holds one only while there is something in it.
#pragma once
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/assert.hpp"

namespace kuramori::net::detail {

class BufferPool {
 public:
  explicit BufferPool(std::size_t bytes) : bytes_(bytes) {}
  std::size_t bytes() const { return bytes_; }

  std::unique_ptr<char[]> take() {
    if (free_.empty()) return std::make_unique_for_overwrite<char[]>(bytes_);
    auto buffer = std::move(free_.back());
    free_.pop_back();
    return buffer;
  }
  void give_back(std::unique_ptr<char[]> buffer) {
    constexpr std::size_t kKept = 32;
    if (free_.size() < kKept) free_.push_back(std::move(buffer));
  }

 private:
  std::size_t bytes_;
  std::vector<std::unique_ptr<char[]>> free_;
};

class ReadBuffer {
 public:
  explicit ReadBuffer(BufferPool& pool) : pool_(pool) {}
  ~ReadBuffer() { reset(); }
  ReadBuffer(const ReadBuffer&) = delete;
  ReadBuffer& operator=(const ReadBuffer&) = delete;

  std::string_view data() const { return {bytes_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }

  // Room to read into; empty only when the buffer is full of what nobody consumes.
  std::span<char> room() {
    if (!bytes_ || capacity_ < pool_.bytes()) grow();
    if (begin_ > 0) {
      std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    return {bytes_.get() + end_, capacity_ - end_};
  }
  void filled(std::size_t count) { end_ += count; }
  void consume(std::size_t count) {
    ensure(count <= end_ - begin_, "more is consumed than was read");
    begin_ += count;
  }

  // Gives the buffer back, or keeps no more than what is in it: before a wait that may be long.
  void shrink() {
    if (!bytes_) return;
    if (empty()) return reset();
    const std::size_t size = end_ - begin_;
    auto exact = std::make_unique_for_overwrite<char[]>(size);
    std::memcpy(exact.get(), bytes_.get() + begin_, size);
    reset();
    bytes_ = std::move(exact);
    capacity_ = size;
    end_ = size;
  }

 private:
  void grow() {
    auto whole = pool_.take();
    const std::size_t size = end_ - begin_;
    if (size > 0) std::memcpy(whole.get(), bytes_.get() + begin_, size);
    reset();
    bytes_ = std::move(whole);
    capacity_ = pool_.bytes();
    end_ = size;
  }
  void reset() {
    if (bytes_ && capacity_ == pool_.bytes()) pool_.give_back(std::move(bytes_));
    bytes_.reset();
    capacity_ = 0;
    begin_ = 0;
    end_ = 0;
  }

  BufferPool& pool_;
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace kuramori::net::detail
