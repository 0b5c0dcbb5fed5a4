#pragma once
// A non-blocking stream to the server, plain or TLS. Certificates are not verified: the server under test
// makes its own.

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "endpoint.hpp"

namespace kuramori::bench {

enum class IoState { Done, Again, Closed };

struct IoResult {
  IoState state;
  std::size_t bytes;
};

class Transport {
 public:
  Transport() = default;
  ~Transport() { close(); }
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // Starts connecting; writing answers Again until that is done.
  bool open(const Endpoint& endpoint);
  void close();
  bool is_open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }

  IoResult read(std::span<char> into);
  IoResult write(std::string_view bytes);

 private:
  int descriptor_ = -1;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, &SSL_free};
};

}  // namespace kuramori::bench
