#include "net/detail/admission.hpp"

#include "base/assert.hpp"

namespace kuramori::net::detail {

bool ConnectionLimit::enter(const std::string& address, Counting counting) {
  const std::scoped_lock lock(mutex_);
  if (total_ >= bounds_.total) return false;
  if (counting == Counting::PerAddress) {
    std::size_t& open = by_address_[address];
    if (open >= bounds_.per_address) {
      if (open == 0) by_address_.erase(address);
      return false;
    }
    ++open;
  }
  ++total_;
  return true;
}

void ConnectionLimit::leave(const std::string& address, Counting counting) {
  const std::scoped_lock lock(mutex_);
  ensure(total_ > 0, "more connections end than began");
  if (--total_ == 0) emptied_.notify_all();
  if (counting == Counting::TotalOnly) return;
  const auto at = by_address_.find(address);
  ensure(at != by_address_.end(), "a connection ends at an address that had none");
  if (--at->second == 0) by_address_.erase(at);
}

bool ConnectionLimit::wait_until_empty(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  return emptied_.wait_for(lock, timeout, [this] { return total_ == 0; });
}

}  // namespace kuramori::net::detail
