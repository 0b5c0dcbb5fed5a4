#include "json/json.hpp"

namespace kuramori::json {
namespace {

Error out_of_range() {
  return bad_json("Only integers between -(2^53)+1 and (2^53)-1 are allowed here.");
}

Result<void> check_object(const Object& object) {
  for (const auto& member : object) KURAMORI_CHECK(check_canonical(member.value()));
  return {};
}

}  // namespace

Result<void> check_canonical(const Value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
    case boost::json::kind::bool_:
    case boost::json::kind::string:
      return {};
    case boost::json::kind::int64:
      if (value.get_int64() > kIntegerMax || value.get_int64() < -kIntegerMax) return out_of_range();
      return {};
    case boost::json::kind::uint64:
      if (value.get_uint64() > static_cast<std::uint64_t>(kIntegerMax)) return out_of_range();
      return {};
    case boost::json::kind::double_:
      return bad_json("Numbers with a fraction or an exponent are not allowed here, only integers.");
    case boost::json::kind::object:
      return check_object(value.get_object());
    case boost::json::kind::array:
      break;
  }
  for (const Value& element : value.get_array()) KURAMORI_CHECK(check_canonical(element));
  return {};
}

}  // namespace kuramori::json
