// Strong identifier types: a user is never passed where a room is expected. They carry no grammar; `matrix/`
// checks what comes from outside (appendices.md, "Common Identifier Format") before one is made.
#pragma once
#include <compare>
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>

namespace kuramori {

template <class Tag>
class Identifier {
 public:
  Identifier() = default;
  explicit Identifier(std::string value) : value_(std::move(value)) {}
  explicit Identifier(std::string_view value) : value_(value) {}
  explicit Identifier(const char* value) : value_(value) {}

  const std::string& str() const& { return value_; }
  std::string str() && { return std::move(value_); }
  std::string_view view() const { return value_; }
  bool empty() const { return value_.empty(); }

  friend bool operator==(const Identifier&, const Identifier&) = default;
  friend std::strong_ordering operator<=>(const Identifier&, const Identifier&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Identifier& id) { return out << id.value_; }

 private:
  std::string value_;
};

using UserId = Identifier<struct UserIdTag>;        // @alice:example.org
using RoomId = Identifier<struct RoomIdTag>;        // !opaque, with :server before room version 12
using EventId = Identifier<struct EventIdTag>;      // $base64
using RoomAlias = Identifier<struct RoomAliasTag>;  // #name:example.org
using DeviceId = Identifier<struct DeviceIdTag>;
using ServerName = Identifier<struct ServerNameTag>;  // example.org or example.org:8448
using SessionId = Identifier<struct SessionIdTag>;    // one login; outlives refreshed access tokens
using TransactionId = Identifier<struct TransactionIdTag>;

// A place in the one ordered stream of everything that somebody may see. Positions start at 1; 0 is before
// all.
struct StreamPosition {
  std::int64_t value = 0;
  friend auto operator<=>(const StreamPosition&, const StreamPosition&) = default;
};

}  // namespace kuramori

template <class Tag>
struct std::hash<kuramori::Identifier<Tag>> {
  std::size_t operator()(const kuramori::Identifier<Tag>& id) const noexcept {
    return std::hash<std::string_view>{}(id.view());
  }
};
template <>
struct std::hash<kuramori::StreamPosition> {
  std::size_t operator()(const kuramori::StreamPosition& p) const noexcept {
    return std::hash<std::int64_t>{}(p.value);
  }
};
