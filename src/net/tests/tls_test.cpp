// TLS with a certificate made here.
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>

#include "server_fixture.hpp"

namespace kuramori::net::testing {
namespace {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Context = std::unique_ptr<SSL_CTX, Deleter<SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, Deleter<SSL_free>>;
using File = std::unique_ptr<std::FILE, Deleter<std::fclose>>;

Key make_key() {
  return Key(EVP_EC_gen("P-256"));
}

void write_key(const std::string& path, EVP_PKEY* key) {
  const File file(std::fopen(path.c_str(), "w"));
  PEM_write_PrivateKey(file.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
}

void write_certificate(const std::string& path, EVP_PKEY* key) {
  const Certificate certificate(X509_new());
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3'600);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"),
                             -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_sign(certificate.get(), key, EVP_sha256());
  const File file(std::fopen(path.c_str(), "w"));
  PEM_write_X509(file.get(), certificate.get());
}

class TlsClient {
 public:
  using Configure = std::function<void(SSL_CTX*)>;
  explicit TlsClient(std::uint16_t port, const Configure& configure = nullptr)
      : socket_(port), context_(SSL_CTX_new(TLS_client_method())) {
    if (configure) configure(context_.get());
    session_.reset(SSL_new(context_.get()));
    SSL_set_fd(session_.get(), socket_.descriptor());
    connected_ = SSL_connect(session_.get()) == 1;
  }
  ~TlsClient() {
    if (connected_) SSL_shutdown(session_.get());
  }
  bool connected() const { return connected_; }
  SSL* session() { return session_.get(); }
  void send(std::string_view bytes) {
    SSL_write(session_.get(), bytes.data(), static_cast<int>(bytes.size()));
  }
  // Reads until `total` bytes of body have come after the header.
  std::string receive(std::size_t body_bytes) {
    std::string text;
    for (;;) {
      const auto end = text.find("\r\n\r\n");
      if (end != std::string::npos && text.size() >= end + 4 + body_bytes) return text;
      char chunk[16'384];
      const int got = SSL_read(session_.get(), chunk, sizeof chunk);
      if (got <= 0) return text;
      text.append(chunk, static_cast<std::size_t>(got));
    }
  }

 private:
  Client socket_;
  Context context_;
  Session session_;
  bool connected_ = false;
};

class TlsTest : public ServerTest {
 protected:
  TlsTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "kuramori-tls-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    const Key key = make_key();
    write_key(path("key.pem"), key.get());
    write_certificate(path("certificate.pem"), key.get());
    write_key(path("other.pem"), make_key().get());
  }
  ~TlsTest() override {
    stop();
    std::filesystem::remove_all(folder_);
  }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  ServerOptions with_tls() const {
    ServerOptions options;
    options.tls_certificate = path("certificate.pem");
    options.tls_key = path("key.pem");
    return options;
  }
  std::string start_error(ServerOptions options) {
    options.port = 0;
    const runtime::IoThread thread(clock_, "io");
    Server server(std::move(options), Router(), {const_cast<runtime::IoThread*>(&thread)}, metrics_,
                  Logger::silent());
    const auto started = server.start();
    return started ? "started" : started.error().message();
  }
  std::string folder_;
};

TEST_F(TlsTest, ServesOverBothVersions) {
  start(with_tls());
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client(port(),
                     [version](SSL_CTX* context) { SSL_CTX_set_max_proto_version(context, version); });
    ASSERT_TRUE(client.connected());
    EXPECT_EQ(SSL_version(client.session()), version);
    for (int i = 0; i < 3; ++i) {
      client.send(get("/echo"));
      const std::string reply = client.receive(5);
      EXPECT_TRUE(reply.starts_with("HTTP/1.1 200 OK\r\n"));
      EXPECT_NE(reply.find("X-Tls: yes"), std::string::npos);
    }
    client.send(get("/big/3000000"));
    EXPECT_GT(client.receive(3'000'000).size(), 3'000'000u);
    client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 150000\r\n\r\n" +
                std::string(150'000, 'b'));
    EXPECT_GT(client.receive(150'000).size(), 150'000u);
  }
}

TEST_F(TlsTest, ParksAndNoticesTheEnd) {
  start(with_tls());
  {
    TlsClient client(port());
    client.send(get("/park"));
    ASSERT_TRUE(eventually([&] { return parking_.entered() == 1; }));
  }
  EXPECT_TRUE(eventually([&] { return gone_.load() == 1; }));
}

TEST_F(TlsTest, RefusesOldVersions) {
  start(with_tls());
  const TlsClient old(port(), [](SSL_CTX* context) {
    SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0");
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION);
  });
  EXPECT_FALSE(old.connected());
  const TlsClient weak(port(), [](SSL_CTX* context) {
    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(context, "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0");
  });
  EXPECT_FALSE(weak.connected());
}

TEST_F(TlsTest, NegotiatesHttp11) {
  start(with_tls());
  const auto offering = [](std::string_view protocols) {
    return [protocols](SSL_CTX* context) {
      SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(protocols.data()),
                              static_cast<unsigned int>(protocols.size()));
    };
  };
  TlsClient both(port(), offering("\x02h2\x08http/1.1"));
  ASSERT_TRUE(both.connected());
  const unsigned char* chosen = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(both.session(), &chosen, &size);
  EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(chosen), size), "http/1.1");
  const TlsClient other(port(), offering("\x02h2"));
  EXPECT_FALSE(other.connected());
}

TEST_F(TlsTest, DropsWhoDoesNotShakeHands) {
  ServerOptions options = with_tls();
  options.first_byte_timeout = std::chrono::milliseconds(100);
  start(options);
  Client silent(port());
  EXPECT_TRUE(silent.is_closed());
  Client plain(port());
  plain.send(get("/echo"));
  EXPECT_EQ(plain.receive().status, 0);
}

TEST_F(TlsTest, DrainsWhileShakingHands) {
  start(with_tls());
  Client silent(port());
  TlsClient idle(port());
  idle.send(get("/echo"));
  EXPECT_TRUE(idle.receive(5).starts_with("HTTP/1.1 200"));
  stop();
  EXPECT_TRUE(silent.is_closed());
}

TEST_F(TlsTest, SaysWhatIsWrongWithItsFiles) {
  ServerOptions options = with_tls();
  options.tls_key = path("other.pem");
  EXPECT_NE(start_error(options).find("does not belong"), std::string::npos);
  options.tls_key = path("absent.pem");
  EXPECT_NE(start_error(options).find("absent.pem"), std::string::npos);
  options.tls_key = "";
  EXPECT_NE(start_error(options).find("both"), std::string::npos);
}

}  // namespace
}  // namespace kuramori::net::testing
