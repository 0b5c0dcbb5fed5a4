// Which state events of a room a sliding sync asks for: the pairs of the unstable form ("*", "$ME", "$LAZY")
// and the include/exclude form of the final one, as one set of rules. Several make their union.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.hpp"
#include "rooms/room_state.hpp"

namespace kuramori::sync {

// One `required_state` of a request.
struct StateRules {
  static constexpr std::size_t kElementsMax = 500;

  struct Element {
    std::optional<std::string> type;       // nothing: any
    std::optional<std::string> state_key;  // nothing: any
    bool matches(std::string_view other_type, std::string_view other_key) const;
  };
  std::vector<Element> include;
  std::vector<Element> exclude;
  bool lazy_members = false;

  bool matches(std::string_view type, std::string_view state_key) const;
  // The text that two equal sets of rules have in common.
  std::string fingerprint() const;
};
using StateRulesPtr = std::shared_ptr<const StateRules>;

// M_BAD_JSON, M_INVALID_PARAM. `reader` is who "$ME" is.
Result<StateRulesPtr> parse_required_state(const json::Value& value, const UserId& reader);

// The union of what several lists and a subscription ask for.
class RequiredState {
 public:
  explicit RequiredState(std::vector<StateRulesPtr> parts);
  bool matches(std::string_view type, std::string_view state_key) const;
  bool is_lazy() const { return lazy_; }
  std::uint64_t fingerprint() const { return fingerprint_; }
  // Every entry of the state that matches. Looks entries up where no wildcard asks for all of them.
  void for_each(const rooms::RoomState& state,
                const std::function<void(const matrix::EventPtr&)>& visit) const;

 private:
  std::vector<StateRulesPtr> parts_;
  bool lazy_ = false;
  bool has_wildcards_ = false;
  std::uint64_t fingerprint_ = 0;
};
using RequiredStatePtr = std::shared_ptr<const RequiredState>;

}  // namespace kuramori::sync
