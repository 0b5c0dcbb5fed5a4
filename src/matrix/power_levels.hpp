// m.room.power_levels with its defaults, and the creators above it from version 12 on.
#pragma once
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "base/identifiers.hpp"
#include "matrix/event.hpp"

namespace kuramori::matrix {

constexpr std::int64_t kCreatorLevel = std::numeric_limits<std::int64_t>::max();

class PowerLevels {
 public:
  // `levels` may be null (no such event yet). Both events must outlive this.
  PowerLevels(const Event* create, const Event* levels);
  std::int64_t of(const UserId& user) const;
  std::int64_t required(std::string_view event_type, bool is_state) const;
  std::int64_t ban() const;
  std::int64_t kick() const;
  std::int64_t invite() const;
  std::int64_t redact() const;
  std::int64_t notification(std::string_view kind) const;  // "room": 50 by default

 private:
  const Event* create_;
  const Event* levels_;
};

std::vector<UserId> creators(const Event& create);

}  // namespace kuramori::matrix
