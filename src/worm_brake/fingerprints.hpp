// What makes two messages "the same" to the brake: a link, a file, or a text of some length.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "crypto/short_hash.hpp"
#include "json/json.hpp"
#include "link_risk/link.hpp"

namespace kuramori::worm_brake {

enum class Kind : std::uint8_t { Link, File, Text };
std::string_view to_string(Kind kind);

struct Fingerprint {
  Kind kind = Kind::Text;
  std::int64_t hash = 0;
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

// The links of a content that count: those that the organisation allows are left out by whoever answers.
using LinksIn = std::function<std::vector<link_risk::Link>(const json::Object&)>;

constexpr std::size_t kTextCharactersMin = 24;  // shorter ones are greetings
constexpr std::size_t kFingerprintsMax = 32;    // of one content

// Each once. Nothing of what is encrypted. Thread-safe when `links_in` is.
std::vector<Fingerprint> fingerprints_of(const json::Object& content, const crypto::ShortHash& hash,
                                         const LinksIn& links_in);

}  // namespace kuramori::worm_brake
