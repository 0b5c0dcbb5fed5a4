#include "base/random.hpp"

#include <pthread.h>
#include <sodium.h>

#include <array>
#include <atomic>
#include <cstring>
#include <limits>
#include <mutex>
#include <random>
#include <string_view>

#include "base/assert.hpp"

namespace kuramori {

std::uint64_t Random::next_u64() {
  std::array<std::uint8_t, 8> raw{};
  fill(raw);
  std::uint64_t value = 0;
  std::memcpy(&value, raw.data(), raw.size());
  return value;
}

std::uint64_t Random::below(std::uint64_t bound) {
  ensure(bound > 0, "Random::below needs a positive bound");
  // Values at or above the largest multiple of the bound are drawn again, or small results would be likelier.
  const std::uint64_t limit = std::numeric_limits<std::uint64_t>::max() / bound * bound;
  for (;;) {
    if (const std::uint64_t value = next_u64(); value < limit) return value % bound;
  }
}

std::string Random::alphanumeric(std::size_t length) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  static constexpr std::uint8_t kLimit = 248;  // the largest multiple of 62 in a byte
  std::string text;
  text.reserve(length);
  std::array<std::uint8_t, 64> raw{};
  while (text.size() < length) {
    fill(raw);
    for (const std::uint8_t byte : raw) {
      if (byte < kLimit && text.size() < length) text.push_back(kAlphabet[byte % kAlphabet.size()]);
    }
  }
  return text;
}

namespace {

// How many forks lie between the first process and this one: a child must not give out what its parent will.
std::atomic<unsigned> forks{0};

void count_forks() {
  static const bool kCounts = pthread_atfork(nullptr, nullptr, [] { ++forks; }) == 0;
  ensure(kCounts, "forks can be counted");
}

// Small requests are served from a stock that the operating system filled: a nonce of twelve bytes is not
// worth a system call. What was given out is wiped.
class Stock {
 public:
  static constexpr std::size_t kServedMax = 64;

  Stock() = default;
  Stock(const Stock&) = delete;
  Stock& operator=(const Stock&) = delete;
  ~Stock() { sodium_memzero(bytes_.data(), bytes_.size()); }

  void take(std::span<std::uint8_t> out) {
    const unsigned forks_now = forks.load(std::memory_order_relaxed);
    if (bytes_.size() - given_ < out.size() || forks_ != forks_now) {
      randombytes_buf(bytes_.data(), bytes_.size());
      given_ = 0;
      forks_ = forks_now;
    }
    std::memcpy(out.data(), bytes_.data() + given_, out.size());
    sodium_memzero(bytes_.data() + given_, out.size());
    given_ += out.size();
  }

 private:
  std::array<std::uint8_t, 1024> bytes_{};
  std::size_t given_ = bytes_.size();
  unsigned forks_ = 0;
};

}  // namespace

SystemRandom::SystemRandom() {
  ensure(sodium_init() >= 0, "libsodium could not be initialised");
  count_forks();
}
void SystemRandom::fill(std::span<std::uint8_t> out) {
  if (out.empty()) return;
  if (out.size() > Stock::kServedMax) {
    randombytes_buf(out.data(), out.size());
    return;
  }
  static thread_local Stock stock;
  stock.take(out);
}

struct SeededRandom::State {
  std::mutex mutex;
  std::mt19937_64 engine;
};

SeededRandom::SeededRandom(std::uint64_t seed) : state_(std::make_unique<State>()) {
  state_->engine.seed(seed);
}
SeededRandom::~SeededRandom() = default;

void SeededRandom::fill(std::span<std::uint8_t> out) {
  const std::scoped_lock lock(state_->mutex);
  for (std::size_t i = 0; i < out.size(); i += 8) {
    const std::uint64_t value = state_->engine();
    std::memcpy(out.data() + i, &value, std::min<std::size_t>(8, out.size() - i));
  }
}

}  // namespace kuramori
