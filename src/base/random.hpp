// Randomness comes only through `Random`, so that the simulator can replay a run from its seed.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace kuramori {

// Thread-safe. `SystemRandom` is the operating system's generator through libsodium, fit for keys and tokens.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;

  std::uint64_t next_u64();
  // Uniform in [0, bound); bound > 0.
  std::uint64_t below(std::uint64_t bound);
  // `length` characters of [A-Za-z0-9], about 5.95 bits each.
  std::string alphanumeric(std::size_t length);
};

class SystemRandom final : public Random {
 public:
  SystemRandom();
  void fill(std::span<std::uint8_t> out) override;
};

// Deterministic, for tests and the simulator. Never for keys.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed);
  ~SeededRandom() override;
  void fill(std::span<std::uint8_t> out) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kuramori
