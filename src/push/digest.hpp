// A letter about unread messages: who wrote, and where. Their text only when the organisation allows it.
// Pure.
#pragma once
#include <string>
#include <vector>

#include "push/ports.hpp"

namespace kuramori::push {

struct DigestItem {
  std::string sender = {};  // name
  std::string room = {};    // name; empty: none
  std::string text = {};    // empty: not shown
};

struct DigestContext {
  std::string to = {};
  std::string organisation = {};
  std::string base_url = {};
  std::string language = {};  // as the pusher says: "en", "zh-CN", "zh-Hant", "ja", …
};

Letter make_digest(const DigestContext& context, const std::vector<DigestItem>& items);

}  // namespace kuramori::push
