#include "approvals/rows.hpp"

#include "approvals/tables.hpp"
#include "crypto/aead.hpp"

namespace kuramori::approvals::detail {
namespace {

std::string request_place(std::string_view id) {
  return "approval_requests|" + std::string(id);
}
std::string content_place(std::string_view id) {
  return "held_contents|" + std::string(id);
}

}  // namespace

storage::Row write_request(const Request& request, const crypto::SecretKey& person, Random& random) {
  const std::string plain = json::serialize(to_detail(request));
  return {request.id, request.requester.str(), std::string(to_string(request.state)), request.created_ms,
          crypto::seal(person, as_bytes(plain), as_bytes(request_place(request.id)), random)};
}

Result<Request> open_request(const storage::Row& row, const crypto::SecretKey& person) {
  const std::string& id = storage::text(row[request_column::Id]);
  KURAMORI_TRY(plain,
               crypto::open(person, storage::blob(row[request_column::Sealed]), as_bytes(request_place(id))));
  KURAMORI_TRY(detail, json::parse_object(as_text(plain)));
  return from_detail(detail);
}

storage::Row write_content(const std::string& id, const RoomId& room, const json::Object& content,
                           const crypto::SecretKey& key, Random& random) {
  const std::string plain = json::serialize(content);
  return {id, room.str(), crypto::seal(key, as_bytes(plain), as_bytes(content_place(id)), random)};
}

Result<json::Object> open_content(const storage::Row& row, const crypto::SecretKey& key) {
  KURAMORI_TRY(plain,
               crypto::open(key, storage::blob(row[2]), as_bytes(content_place(storage::text(row[0])))));
  return json::parse_object(as_text(plain));
}

storage::Row write_delegation(const Delegation& delegation) {
  return {delegation.person.str(), delegation.delegate.str(), delegation.from_ms, delegation.until_ms};
}

Delegation read_delegation(const storage::Row& row) {
  return {.person = UserId(storage::text(row[0])),
          .delegate = UserId(storage::text(row[1])),
          .from_ms = storage::integer(row[2]),
          .until_ms = storage::integer(row[3])};
}

}  // namespace kuramori::approvals::detail
