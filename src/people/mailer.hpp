// Mail through the organisation's own server (SMTP by libcurl, on a worker pool of its own).
#pragma once
#include <cstdint>

#include "base/clock.hpp"
#include "base/logging.hpp"
#include "people/mail.hpp"
#include "runtime/worker_pool.hpp"

namespace kuramori::people {

enum class SmtpSecurity : std::uint8_t { None, StartTls, Tls };

struct MailerOptions {
  std::string host = {};
  std::uint16_t port = 587;
  SmtpSecurity security = SmtpSecurity::StartTls;
  std::string from = {};  // "Kuramori <no-reply@example.org>"
  std::string user = {};  // empty: no authentication
  std::string password = {};
  std::chrono::seconds timeout{30};
};

// The whole message: headers and body (RFC 5322, RFC 2045). Pure; line breaks in a header's value are left
// out.
std::string render_mail(const Mail& mail, std::string_view from, Timestamp now);
// The address of "Name <address>", or the text itself.
std::string_view address_of(std::string_view mailbox);

class Mailer final : public MailSender {
 public:
  Mailer(MailerOptions options, const Clock& clock, Logger log);
  runtime::Task<Result<void>> send(Mail mail) override;

 private:
  const MailerOptions options_;
  const Clock& clock_;
  const Logger log_;
  runtime::WorkerPool pool_;  // last: its threads use the rest
};

}  // namespace kuramori::people
