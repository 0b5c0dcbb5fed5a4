#include <algorithm>

#include "base/text.hpp"
#include "net/detail/target.hpp"

namespace kuramori::net::detail {
namespace {

bool begins_with_scheme(std::string_view target, std::string_view scheme) {
  return target.size() > scheme.size() && text::to_lower_ascii(target.substr(0, scheme.size())) == scheme;
}

std::optional<std::string> decode_query_part(std::string_view encoded) {
  if (encoded.find('+') == std::string_view::npos) return decode_parameter(encoded);
  std::string spaced(encoded);
  std::ranges::replace(spaced, '+', ' ');
  return decode_parameter(spaced);
}

}  // namespace

std::optional<TargetParts> split_target(std::string_view target) {
  if (target.empty()) return std::nullopt;
  if (target.front() != '/') {
    const std::size_t scheme = begins_with_scheme(target, "http://")    ? 7
                               : begins_with_scheme(target, "https://") ? 8
                                                                        : 0;
    if (scheme == 0) return std::nullopt;
    const auto authority_end = target.find_first_of("/?", scheme);
    if (authority_end == std::string_view::npos) return TargetParts{"/", {}};
    if (target[authority_end] == '?') return TargetParts{"/", target.substr(authority_end + 1)};
    target.remove_prefix(authority_end);
  }
  const auto question = target.find('?');
  if (question == std::string_view::npos) return TargetParts{target, {}};
  return TargetParts{target.substr(0, question), target.substr(question + 1)};
}

std::optional<QueryPairs> parse_query(std::string_view query) {
  QueryPairs pairs;
  while (!query.empty()) {
    const auto ampersand = query.find('&');
    const std::string_view piece = query.substr(0, ampersand);
    query.remove_prefix(ampersand == std::string_view::npos ? query.size() : ampersand + 1);
    if (piece.empty()) continue;
    const auto equals = piece.find('=');
    auto name = decode_query_part(piece.substr(0, equals));
    auto value =
        decode_query_part(equals == std::string_view::npos ? std::string_view{} : piece.substr(equals + 1));
    if (!name || !value) return std::nullopt;
    pairs.emplace_back(*std::move(name), *std::move(value));
  }
  return pairs;
}

std::optional<std::string> decode_parameter(std::string_view encoded) {
  auto decoded = text::percent_decode(encoded);
  if (!decoded || !text::is_valid_utf8(*decoded)) return std::nullopt;
  return decoded;
}

}  // namespace kuramori::net::detail
