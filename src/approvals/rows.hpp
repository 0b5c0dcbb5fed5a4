// Requests as rows. Private to the module.
#pragma once
#include "approvals/engine.hpp"
#include "approvals/ports.hpp"

namespace kuramori::approvals::detail {

storage::Row write_request(const Request& request, const crypto::SecretKey& person, Random& random);
Result<Request> open_request(const storage::Row& row, const crypto::SecretKey& person);

storage::Row write_content(const std::string& id, const RoomId& room, const json::Object& content,
                           const crypto::SecretKey& key, Random& random);
Result<json::Object> open_content(const storage::Row& row, const crypto::SecretKey& key);

storage::Row write_delegation(const Delegation& delegation);
Delegation read_delegation(const storage::Row& row);

}  // namespace kuramori::approvals::detail
