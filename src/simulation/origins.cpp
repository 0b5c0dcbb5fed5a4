#include "simulation/origins.hpp"

#include <algorithm>

#include "governance/labels.hpp"

namespace kuramori::simulation {

governance::ContentOrigin OriginsAsSent::origin(const json::Object& content, std::string_view room) const {
  governance::ContentOrigin origin =
      book_ == nullptr ? governance::ContentOrigin() : book_->origin(content, room);
  // The book has seen the message itself by now, and so takes it for one that belongs there.
  const json::Object* mark = json::object_at(content, governance::kForwardedKey);
  if (mark == nullptr) return origin;
  origin.is_forwarded = true;
  const std::int64_t hops = std::clamp<std::int64_t>(json::integer_or(*mark, "hops", 1), 1, 0xFFFF);
  origin.hops = std::max(origin.hops, static_cast<std::uint32_t>(hops));
  return origin;
}

std::string_view OriginsAsSent::label_of_file(std::string_view uri) const {
  return book_ == nullptr ? std::string_view{} : book_->label_of_file(uri);
}

}  // namespace kuramori::simulation
