#include "api/resource/entity_tags.hpp"

#include <algorithm>

#include "api/resource/problem.hpp"
#include "base/text.hpp"

namespace kuramori::api::resource {
namespace {

// etagc of RFC 9110 section 8.8.3: visible characters but the quote, and obs-text.
bool is_tag_character(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet == 0x21 || (octet >= 0x23 && octet <= 0x7E) || octet >= 0x80;
}

bool holds(const std::vector<std::string>& tags, std::string_view tag) {
  return std::ranges::find(tags, tag) != tags.end();
}

void skip_space(std::string_view& rest) {
  while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t')) rest.remove_prefix(1);
}

// The tag at the beginning of `rest` with its quotes; nothing when there is none.
std::optional<std::string> take_quoted(std::string_view& rest) {
  if (rest.empty() || rest.front() != '"') return std::nullopt;
  std::size_t end = 1;
  while (end < rest.size() && is_tag_character(rest[end])) ++end;
  if (end == rest.size() || rest[end] != '"') return std::nullopt;
  std::string tag(rest.substr(0, end + 1));
  rest.remove_prefix(end + 1);
  return tag;
}

}  // namespace

std::string tag_of(std::int64_t version) {
  return "\"" + std::to_string(version) + "\"";
}

std::optional<TagList> parse_tags(std::string_view header) {
  std::string_view rest = text::trim(header);
  TagList list;
  if (rest == "*") {
    list.any = true;
    return list;
  }
  while (!rest.empty()) {
    if (list.tags.size() + list.weak.size() == kTagsMax) return std::nullopt;
    const bool is_weak = rest.starts_with("W/");
    if (is_weak) rest.remove_prefix(2);
    auto tag = take_quoted(rest);
    if (!tag) return std::nullopt;
    (is_weak ? list.weak : list.tags).push_back(*std::move(tag));
    skip_space(rest);
    if (rest.empty()) break;
    if (rest.front() != ',') return std::nullopt;
    rest.remove_prefix(1);
    skip_space(rest);
    if (rest.empty()) return std::nullopt;
  }
  if (list.tags.empty() && list.weak.empty()) return std::nullopt;
  return list;
}

bool is_known_to_client(const net::Request& request, std::string_view tag) {
  const std::string_view header = request.header("if-none-match");
  if (header.empty()) return false;
  const auto list = parse_tags(header);
  if (!list) return false;
  return list->any || holds(list->tags, tag) || holds(list->weak, tag);
}

std::optional<net::Response> check_if_match(const net::Request& request, std::string_view tag,
                                            Presence presence) {
  const std::string_view header = request.header("if-match");
  if (header.empty()) {
    if (presence == Presence::Optional) return std::nullopt;
    return to_response(
        {.type = ProblemType::PreconditionRequired,
         .detail = "Send the ETag of what you have read as If-Match; it is now " + std::string(tag) + ".",
         .code = "KURAMORI_PRECONDITION_REQUIRED"},
        request);
  }
  const auto list = parse_tags(header);
  if (!list) {
    return to_response({.type = ProblemType::InvalidRequest,
                        .detail = "If-Match must be *, or entity tags in quotes.",
                        .code = "M_INVALID_PARAM"},
                       request);
  }
  if (list->any || holds(list->tags, tag)) return std::nullopt;
  return to_response({.type = ProblemType::VersionChanged,
                      .detail = "It is now " + std::string(tag) + ". Read it again, then repeat the change.",
                      .code = "KURAMORI_VERSION_CHANGED"},
                     request);
}

}  // namespace kuramori::api::resource
