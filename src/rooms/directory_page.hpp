// What is asked of the published room directory, and what a page of it says.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "json/json.hpp"

namespace kuramori::rooms {

struct PublicRoomsQuery {
  std::size_t limit = 100;
  std::size_t offset = 0;   // of a pagination token
  std::string search = {};  // in name, topic and canonical alias, without regard to case
  std::optional<std::vector<std::optional<std::string>>> room_types =
      {};  // null element: rooms without a type
};

struct PublicRoomsPage {
  json::Array chunk = {};
  std::size_t total = 0;
  std::optional<std::size_t> next = {};
  std::optional<std::size_t> previous = {};
};

}  // namespace kuramori::rooms
