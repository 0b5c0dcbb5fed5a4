// The current state of a room as one immutable value. A change makes a new one that shares what did not
// change.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "base/identifiers.hpp"
#include "matrix/authorisation.hpp"
#include "matrix/event.hpp"
#include "matrix/power_levels.hpp"
#include "matrix/visibility.hpp"

namespace kuramori::rooms {

class RoomState final : public matrix::StateView {
 public:
  RoomState();
  ~RoomState() override;
  RoomState(const RoomState&);
  RoomState& operator=(const RoomState&) = delete;

  matrix::EventPtr find(std::string_view type, std::string_view state_key) const override;
  // The state with `event` in its place.
  std::shared_ptr<const RoomState> with(matrix::EventPtr event) const;
  // The state without that entry: for going back in time.
  std::shared_ptr<const RoomState> without(std::string_view type, std::string_view state_key) const;
  void for_each(const std::function<void(const matrix::EventPtr&)>& visit) const;
  std::size_t size() const;

  // Of m.room.member events, kept up to date by with().
  std::size_t joined_count() const;
  std::size_t invited_count() const;
  matrix::Membership membership(const UserId& user) const;
  void for_each_joined(const std::function<void(const UserId&)>& visit) const;
  matrix::HistoryVisibility history_visibility() const;
  matrix::PowerLevels power_levels() const;

 private:
  struct Data;
  explicit RoomState(std::shared_ptr<const Data> data);
  std::shared_ptr<const Data> data_;
};

using RoomStatePtr = std::shared_ptr<const RoomState>;

}  // namespace kuramori::rooms
