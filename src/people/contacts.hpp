// E-mail addresses of accounts (client-server API, "Adding Account Administrative Contact Information"):
// validated by a token that is mailed to the address, then added. No identity server takes part.
//
//   auto sid = co_await contacts.begin(permit, {.client_secret = "…", .address = "a@example.org", .attempt =
//   1}); co_await contacts.validate({.sid = *sid, .client_secret = "…"}, token);   // from the mail co_await
//   contacts.add(std::move(permit), {.sid = *sid, .client_secret = "…"});
#pragma once
#include <string>
#include <vector>

#include "crypto/aead.hpp"
#include "gate/gate.hpp"
#include "people/mail.hpp"
#include "runtime/sequencer.hpp"
#include "storage/key_ring.hpp"

namespace kuramori::people {

// What a validated address is good for: nothing else than what was asked for.
enum class Purpose : std::uint8_t { Add, ResetPassword };

struct ValidationRequest {
  std::string client_secret = {};
  std::string address = {};
  std::int64_t attempt = 0;  // only a higher one than before sends another mail
  Purpose purpose = Purpose::Add;
};

struct ValidationId {
  std::string sid = {};
  std::string client_secret = {};
};

struct Contact {
  std::string address;
  Timestamp validated;
  Timestamp added;
};

// Canonical form of an address: M_INVALID_PARAM for what is none.
Result<std::string> canonical_address(std::string_view address);
// The specification's grammar of client secrets.
Result<void> check_client_secret(std::string_view secret);

class Contacts {
 public:
  static constexpr Milliseconds kValidationLifetime = std::chrono::hours(24);

  struct Ports {
    storage::Reader& reader;
    gate::Gate& gate;
    storage::KeyRing& keys;
    const Clock& clock;
    Random& random;
    MailSender* mail;  // null: this organisation sends none (M_THREEPID_MEDIUM_NOT_SUPPORTED)
  };
  struct Options {
    std::string base_url;  // of the link in the mail
    std::string organisation;
  };
  Contacts(Ports ports, Options options);

  bool sends_mail() const { return ports_.mail != nullptr; }
  // ContactSet. The session id of the validation. M_THREEPID_IN_USE for an address to add. To reset a
  // password, an address that belongs to nobody gets a session id, too, and no mail: whose addresses are
  // known here is not told.
  runtime::Task<Result<std::string>> begin(gate::Permit permit, ValidationRequest request);
  // ContactSet. M_THREEPID_AUTH_FAILED for a wrong token, or a validation that is unknown or over.
  runtime::Task<Result<void>> validate(gate::Permit permit, ValidationId id, std::string token);
  // ContactSet, for the permit's subject. M_THREEPID_AUTH_FAILED unless validated; M_THREEPID_IN_USE.
  runtime::Task<Result<void>> add(gate::Permit permit, ValidationId id);
  // ContactSet. The account of an address that was validated to reset its password; the validation is used
  // up. M_THREEPID_AUTH_FAILED.
  runtime::Task<Result<UserId>> take_owner(gate::Permit permit, ValidationId id);
  // ContactRead, of the permit's subject.
  runtime::Task<Result<std::vector<Contact>>> list(const gate::Permit& permit);
  // ContactRemove. What is not there is passed over.
  runtime::Task<Result<void>> remove(gate::Permit permit, std::string address);
  // ContactRemove. All of an account that is gone.
  runtime::Task<Result<void>> remove_all(gate::Permit permit, UserId user);

 private:
  struct Validation;
  std::string sid_of(Purpose purpose, std::string_view client_secret, std::string_view address) const;
  std::string address_key(std::string_view address) const;
  runtime::Task<Result<std::optional<Validation>>> find(std::string sid);
  // Empty: nobody's.
  runtime::Task<Result<UserId>> owner_of(std::string address);
  runtime::Task<Result<void>> store(gate::Permit permit, std::string sid, const Validation& validation);
  storage::Row row_of(const std::string& sid, const Validation& validation) const;
  Mail mail_of(const std::string& sid, const ValidationRequest& request, const std::string& token,
               std::string_view language) const;

  const Ports ports_;
  const Options options_;
  const crypto::SecretKey key_;
  runtime::Sequencer changing_;
};

}  // namespace kuramori::people
