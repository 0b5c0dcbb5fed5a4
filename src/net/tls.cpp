#include "net/detail/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509err.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "net/detail/watch.hpp"

namespace kuramori::net::detail {
namespace {

TlsEndpoint& endpoint_of(BIO* bio) {
  return *static_cast<TlsEndpoint*>(BIO_get_data(bio));
}

// What the watch knows already costs no system call.
int bio_read(BIO* bio, char* out, int size) {
  TlsEndpoint& end = endpoint_of(bio);
  BIO_clear_retry_flags(bio);
  if (!end.watch->readable) {
    BIO_set_retry_read(bio);
    return -1;
  }
  ssize_t got = 0;
  do {
    got = ::recv(end.descriptor, out, static_cast<std::size_t>(size), 0);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    end.watch->readable = false;
    BIO_set_retry_read(bio);
    return -1;
  }
  if (got <= 0) {
    end.at_end = true;
    return got == 0 ? 0 : -1;
  }
  if (got < size && !end.watch->hung_up) end.watch->readable = false;
  return static_cast<int>(got);
}

int bio_write(BIO* bio, const char* data, int size) {
  const TlsEndpoint& end = endpoint_of(bio);
  BIO_clear_retry_flags(bio);
  if (!end.watch->writable) {
    BIO_set_retry_write(bio);
    return -1;
  }
  ssize_t sent = 0;
  do {
    sent = ::send(end.descriptor, data, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    end.watch->writable = false;
    BIO_set_retry_write(bio);
    return -1;
  }
  return static_cast<int>(sent);
}

long bio_control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return endpoint_of(bio).at_end ? 1 : 0;
  return 0;
}

int bio_create(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

struct BioMethodDeleter {
  void operator()(BIO_METHOD* method) const noexcept { BIO_meth_free(method); }
};

BIO_METHOD* bio_method() {
  static const std::unique_ptr<BIO_METHOD, BioMethodDeleter> method = [] {
    std::unique_ptr<BIO_METHOD, BioMethodDeleter> made(
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "kuramori socket"));
    BIO_meth_set_read(made.get(), bio_read);
    BIO_meth_set_write(made.get(), bio_write);
    BIO_meth_set_ctrl(made.get(), bio_control);
    BIO_meth_set_create(made.get(), bio_create);
    return made;
  }();
  return method.get();
}

int choose_protocol(SSL* /*session*/, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned int offered_size, void* /*argument*/) {
  static constexpr std::array<unsigned char, 9> kHttp11 = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* match = nullptr;
  if (SSL_select_next_proto(&match, chosen_size, kHttp11.data(), kHttp11.size(), offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *chosen = match;
  return SSL_TLSEXT_ERR_OK;
}

std::string last_tls_error() {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_peek_last_error(), text.data(), text.size());
  ERR_clear_error();
  return text.data();
}

Error bad_file(const std::string& what, const std::string& path) {
  return Error(ErrorCode::InvalidArgument, "KURAMORI_TLS",
               "Cannot use the TLS " + what + " " + path +
                   ": check that the file exists, is readable by the server" + " and is PEM.")
      .with_detail(last_tls_error());
}

bool apply_policy(SSL_CTX* context) {
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);  // a record costs one read, not two
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  static constexpr std::array<unsigned char, 8> kSessionContext = {'k', 'u', 'r', 'a', 'm', 'o', 'r', 'i'};
  return SSL_CTX_set_session_id_context(context, kSessionContext.data(), kSessionContext.size()) == 1 &&
         SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") == 1 &&
         SSL_CTX_set_ciphersuites(
             context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256") == 1 &&
         SSL_CTX_set_cipher_list(context,
                                 "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
                                 "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-AES128-GCM-SHA256:"
                                 "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305") == 1;
}

}  // namespace

void TlsContextDeleter::operator()(SSL_CTX* context) const noexcept {
  SSL_CTX_free(context);
}
void TlsSessionDeleter::operator()(SSL* session) const noexcept {
  SSL_free(session);
}

Result<TlsContext> make_tls_context(const TlsFiles& files) {
  ERR_clear_error();
  TlsContext context(SSL_CTX_new(TLS_server_method()));
  if (!context || !apply_policy(context.get())) return internal_error("TLS set-up: " + last_tls_error());
  if (SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) != 1) {
    return bad_file("certificate", files.certificate);
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    const unsigned long error = ERR_peek_last_error();
    if (ERR_GET_LIB(error) != ERR_LIB_X509 || ERR_GET_REASON(error) != X509_R_KEY_VALUES_MISMATCH) {
      return bad_file("key", files.key);
    }
    return Error(
               ErrorCode::InvalidArgument, "KURAMORI_TLS",
               "The TLS key " + files.key + " does not belong to the certificate " + files.certificate + ".")
        .with_detail(last_tls_error());
  }
  return context;
}

TlsSession make_tls_session(SSL_CTX& context, TlsEndpoint& endpoint) {
  TlsSession session(SSL_new(&context));
  if (!session) return nullptr;
  BIO* bio = BIO_new(bio_method());
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, &endpoint);
  SSL_set_bio(session.get(), bio, bio);
  SSL_set_accept_state(session.get());
  return session;
}

}  // namespace kuramori::net::detail
