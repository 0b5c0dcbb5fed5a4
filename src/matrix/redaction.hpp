// The redaction algorithm: what survives (rooms/v9 and v11 fragments; client-server API, "Redactions").
#pragma once
#include "json/json.hpp"
#include "matrix/room_version.hpp"

namespace kuramori::matrix {

json::Object redact(const json::Object& pdu, const RoomVersion& version);

}  // namespace kuramori::matrix
