#include "people/contact_owners.hpp"

namespace kuramori::people {

runtime::Task<Result<UserId>> ContactOwners::take_owner(std::string sid, std::string client_secret,
                                                        gate::Subject from) {
  gate::Action action{.subject = std::move(from), .operation = gate::Operation::ContactSet, .resource = {}};
  auto admission = co_await gate_.admit(std::move(action));
  if (auto* refusal = std::get_if<gate::Refusal>(&admission)) co_return forbidden(refusal->message());
  if (auto* error = std::get_if<Error>(&admission)) co_return std::move(*error);
  ValidationId id{.sid = std::move(sid), .client_secret = std::move(client_secret)};
  auto taking = contacts_.take_owner(std::get<gate::Permit>(std::move(admission)), std::move(id));
  auto owner = co_await std::move(taking);
  co_return owner;
}

}  // namespace kuramori::people
