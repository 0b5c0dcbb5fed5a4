// Whose address was proved by mail, for those who authenticate with it (client-server API, "Email-based
// (identity / homeserver)").
#pragma once
#include "identity/interactive_authentication.hpp"
#include "people/contacts.hpp"

namespace kuramori::people {

class ContactOwners final : public identity::MailIdentity {
 public:
  ContactOwners(Contacts& contacts, gate::Gate& gate) : contacts_(contacts), gate_(gate) {}
  runtime::Task<Result<UserId>> take_owner(std::string sid, std::string client_secret,
                                           gate::Subject from) override;

 private:
  Contacts& contacts_;
  gate::Gate& gate_;
};

}  // namespace kuramori::people
