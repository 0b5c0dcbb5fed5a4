// One outgoing request on its way: libcurl's handle and what belongs to it. Used by the channel's thread
// alone.
#pragma once
#include <curl/curl.h>

#include <memory>
#include <string>
#include <vector>

#include "base/network.hpp"
#include "net/http_client.hpp"
#include "runtime/one_shot.hpp"

namespace kuramori::net::detail {

// Whom a channel may connect to.
struct AddressRules {
  Reach reach = Reach::Public;
  std::vector<Network> denied;
  bool allows(const std::string& address) const;
};

// How a transfer ended, for the metrics.
enum class Ending : std::uint8_t { Answered, Unreachable, Refused, TimedOut, TooLarge, Cancelled };

using Answer = Result<IncomingResponse>;

class Transfer {
 public:
  // `rules` and `options` outlive this. The URL was checked.
  Transfer(OutgoingRequest request, std::string host, const AddressRules& rules,
           const HttpClientOptions& options, runtime::OneShotPromise<Answer> promise);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // False: libcurl refused an option, and the transfer must be finished with CURLE_FAILED_INIT.
  bool prepare();
  CURL* handle() const { return handle_.get(); }
  Ending ending(CURLcode code) const;
  // Resumes whoever waits.
  void finish(CURLcode code);
  void cancel();

 private:
  struct Free {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  bool set_method();
  bool set_headers();
  bool set_limits();
  bool set_security();
  Error failure(CURLcode code) const;

  static std::size_t take_body(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t take_header(char* data, std::size_t size, std::size_t count, void* self);
  static curl_socket_t open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);

  template <class Value>
  bool set(CURLoption option, Value value) {
    return curl_easy_setopt(handle_.get(), option, value) == CURLE_OK;
  }

  const OutgoingRequest request_;
  const std::string host_;  // for errors
  const AddressRules& rules_;
  const HttpClientOptions& options_;
  runtime::OneShotPromise<Answer> promise_;
  std::unique_ptr<CURL, Free> handle_;
  std::unique_ptr<curl_slist, Free> headers_;
  IncomingResponse response_;
  bool is_refused_ = false;
  bool is_too_large_ = false;
};

}  // namespace kuramori::net::detail
