// Where content that was sent came from, as the gate saw it then: what was passed on carries a mark of the
// server. Labels are those that its origin has today.
#pragma once
#include "gate/ports.hpp"

namespace kuramori::simulation {

class OriginsAsSent final : public gate::ContentOrigins {
 public:
  explicit OriginsAsSent(const gate::ContentOrigins* book) : book_(book) {}  // null: no book is kept

  governance::ContentOrigin origin(const json::Object& content, std::string_view room) const override;
  std::string_view label_of_file(std::string_view uri) const override;

 private:
  const gate::ContentOrigins* book_;
};

}  // namespace kuramori::simulation
