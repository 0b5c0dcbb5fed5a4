// What people are told by mail.
#pragma once
#include <string>

#include "base/result.hpp"
#include "runtime/task.hpp"

namespace kuramori::people {

struct Mail {
  std::string to;
  std::string subject;
  std::string text;  // plain, UTF-8
};

class MailSender {
 public:
  virtual ~MailSender() = default;
  // Until the mail server has taken it, or has not.
  virtual runtime::Task<Result<void>> send(Mail mail) = 0;
};

}  // namespace kuramori::people
