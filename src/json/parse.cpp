#include <boost/json/basic_parser_impl.hpp>

#include "json/handler.hpp"
#include "json/json.hpp"

namespace kuramori::json {
namespace {

Error not_json(std::size_t offset, const std::string& why) {
  return {ErrorCode::InvalidArgument, "M_NOT_JSON",
          "The text is not valid JSON: " + why + " at offset " + std::to_string(offset) + "."};
}

}  // namespace

Result<Value> parse(std::string_view text, ParseLimits limits, StoragePtr storage) {
  if (text.size() > limits.bytes_max) {
    return Error(ErrorCode::TooLarge, "M_TOO_LARGE",
                 "The JSON text has " + std::to_string(text.size()) + " octets; the limit is " +
                     std::to_string(limits.bytes_max) + ".");
  }
  boost::json::parse_options options;
  options.max_depth = limits.depth_max;
  std::array<unsigned char, 4096> scratch;
  boost::json::basic_parser<detail::Handler> parser(options, std::move(storage), std::span(scratch));

  boost::json::error_code error;
  const std::size_t consumed = parser.write_some(/*more=*/false, text.data(), text.size(), error);
  if (error == boost::json::error::incomplete) return not_json(text.size(), "it ends too early");
  if (error) return not_json(consumed, error.message());
  if (consumed < text.size()) return not_json(consumed, "something follows the value");
  return parser.handler().release();
}

Result<Object> parse_object(std::string_view text, ParseLimits limits, StoragePtr storage) {
  KURAMORI_TRY(value, parse(text, limits, std::move(storage)));
  if (!value.is_object()) return bad_json("The JSON text must be an object.");
  return std::move(value.get_object());
}

}  // namespace kuramori::json
