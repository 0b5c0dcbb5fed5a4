// TLS with OpenSSL directly on a watched socket: no buffer is held while a connection is parked.
#pragma once
#include <memory>
#include <string>

#include "base/result.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace kuramori::net::detail {

class Watch;

struct TlsContextDeleter {
  void operator()(ssl_ctx_st* context) const noexcept;
};
struct TlsSessionDeleter {
  void operator()(ssl_st* session) const noexcept;
};
using TlsContext = std::unique_ptr<ssl_ctx_st, TlsContextDeleter>;
using TlsSession = std::unique_ptr<ssl_st, TlsSessionDeleter>;

struct TlsFiles {
  std::string certificate;  // chain, PEM
  std::string key;          // PEM
};

// TLS 1.2 and 1.3, forward secrecy and authenticated ciphers only, ALPN "http/1.1".
Result<TlsContext> make_tls_context(const TlsFiles& files);

// What OpenSSL reads from and writes to. Outlives the session.
struct TlsEndpoint {
  int descriptor;
  Watch* watch;
  bool at_end = false;
};

// Null when out of memory.
TlsSession make_tls_session(ssl_ctx_st& context, TlsEndpoint& endpoint);

}  // namespace kuramori::net::detail
