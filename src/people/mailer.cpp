#include "people/mailer.hpp"

#include <curl/curl.h>

#include <array>
#include <mutex>

#include "base/assert.hpp"
#include "crypto/base64.hpp"

namespace kuramori::people {
namespace {

constexpr std::size_t kBodyLine = 76;

void start_curl() {
  static std::once_flag once;
  std::call_once(
      once, [] { ensure(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, "libcurl can be initialised"); });
}

std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != '\x7f') out.push_back(c);
  }
  return out;
}

// RFC 2047: plain where the text is, otherwise base64 of whole characters.
std::string encoded_word(std::string_view text) {
  constexpr std::size_t kWordBytesMax = 45;
  const std::string line = one_line(text);
  const bool is_plain =
      std::ranges::all_of(line, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (is_plain) return line;
  std::string out;
  std::size_t begin = 0;
  while (begin < line.size()) {
    std::size_t end = std::min(begin + kWordBytesMax, line.size());
    const auto is_inside = [&] {
      return end < line.size() && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U;
    };
    while (end > begin + 1 && is_inside()) --end;
    if (!out.empty()) out += "\r\n ";
    out += "=?UTF-8?B?" +
           crypto::to_base64_padded(as_bytes(std::string_view(line).substr(begin, end - begin))) + "?=";
    begin = end;
  }
  return out;
}

std::string date_of(Timestamp now) {
  const auto seconds = static_cast<std::time_t>(to_unix_ms(now) / 1000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::array<char, 64> text{};
  const int length = std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d +0000",
                                   kDays[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                                   kMonths[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900,
                                   parts.tm_hour, parts.tm_min, parts.tm_sec);
  return {text.data(), static_cast<std::size_t>(length)};
}

struct Upload {
  std::string_view rest;
};

std::size_t give(char* to, std::size_t size, std::size_t count, void* from) {
  auto& upload = *static_cast<Upload*>(from);
  const std::size_t length = std::min(size * count, upload.rest.size());
  std::copy_n(upload.rest.data(), length, to);
  upload.rest.remove_prefix(length);
  return length;
}

struct CloseHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// Blocking. The error's detail names the mail server's answer, never the address or the text.
Result<void> submit(const MailerOptions& options, const std::string& to, const std::string& message) {
  start_curl();
  const std::unique_ptr<CURL, CloseHandle> handle(curl_easy_init());
  if (!handle) return unavailable("Mail cannot be sent at this time.", "libcurl");
  const std::string scheme = options.security == SmtpSecurity::Tls ? "smtps://" : "smtp://";
  const std::string url = scheme + options.host + ":" + std::to_string(options.port);
  const std::string from = "<" + std::string(address_of(options.from)) + ">";
  const std::string recipient = "<" + to + ">";
  const std::unique_ptr<curl_slist, CloseHandle> recipients(curl_slist_append(nullptr, recipient.c_str()));
  Upload upload{message};
  CURL* curl = handle.get();
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, static_cast<long>(options.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, static_cast<long>(options.timeout.count()));
  const long tls = options.security == SmtpSecurity::None ? CURLUSESSL_NONE : CURLUSESSL_ALL;
  curl_easy_setopt(curl, CURLOPT_USE_SSL, tls);
  if (!options.user.empty()) {
    curl_easy_setopt(curl, CURLOPT_USERNAME, options.user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, options.password.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from.c_str());
  curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients.get());
  curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
  curl_easy_setopt(curl, CURLOPT_READDATA, &upload);
  curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
  const CURLcode done = curl_easy_perform(curl);
  if (done == CURLE_OK) return {};
  long answer = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer);
  return unavailable("The mail could not be sent; try again later.",
                     std::string(curl_easy_strerror(done)) + ", answer " + std::to_string(answer));
}

}  // namespace

std::string_view address_of(std::string_view mailbox) {
  const std::size_t begin = mailbox.rfind('<');
  const std::size_t end = mailbox.rfind('>');
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return mailbox;
  return mailbox.substr(begin + 1, end - begin - 1);
}

std::string render_mail(const Mail& mail, std::string_view from, Timestamp now) {
  std::string out = "From: " + one_line(from) + "\r\nTo: <" + one_line(mail.to) + ">\r\n";
  out += "Subject: " + encoded_word(mail.subject) + "\r\nDate: " + date_of(now) + "\r\n";
  out +=
      "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n"
      "Auto-Submitted: auto-generated\r\n\r\n";
  const std::string body = crypto::to_base64_padded(as_bytes(mail.text));
  for (std::size_t at = 0; at < body.size(); at += kBodyLine) out += body.substr(at, kBodyLine) + "\r\n";
  return out;
}

Mailer::Mailer(MailerOptions options, const Clock& clock, Logger log)
    : options_(std::move(options)),
      clock_(clock),
      log_(std::move(log)),
      pool_({.name = "mail", .threads = 1, .queue_max = 1'000}) {}

runtime::Task<Result<void>> Mailer::send(Mail mail) {
  std::string message = render_mail(mail, options_.from, clock_.now());
  auto work = [this, to = std::move(mail.to), text = std::move(message)] {
    return submit(options_, to, text);
  };
  auto running = pool_.run(std::move(work));
  auto sent = co_await std::move(running);
  if (!sent) log_.warning("mail_not_sent", {{"error", sent.error().to_log()}});
  co_return sent;
}

}  // namespace kuramori::people
