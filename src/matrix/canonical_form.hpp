// Canonical JSON of parts of an event, made without copying the event: what hashes and signatures cover.
// Private to the module.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "json/json.hpp"
#include "matrix/room_version.hpp"

namespace kuramori::matrix::detail {

// Without `hashes`, `signatures` and `unsigned`: what the content hash covers.
std::string canonical_for_content_hash(const json::Object& pdu);
// Redacted, without `signatures` and `unsigned`: what the reference hash and signatures cover.
std::string canonical_for_reference_hash(const json::Object& pdu, const RoomVersion& version);
// The length of the canonical form, without making it.
std::size_t canonical_size(const json::Object& object);

}  // namespace kuramori::matrix::detail
