#include "policy_server/server_address.hpp"

#include <gtest/gtest.h>

namespace kuramori::policy_server {
namespace {

TEST(ServerAddresses, FollowTheServerName) {
  struct Case {
    std::string name;
    std::string url;
    bool is_final;
  };
  const Case cases[] = {{"Example.org", "https://example.org:8448/x", false},
                        {"example.org:443", "https://example.org:443/x", true},
                        {"192.0.2.1", "https://192.0.2.1:8448/x", true},
                        {"192.0.2.1:99", "https://192.0.2.1:99/x", true},
                        {"[2001:db8::1]", "https://[2001:db8::1]:8448/x", true},
                        {"[2001:db8::1]:7", "https://[2001:db8::1]:7/x", true}};
  for (const Case& one : cases) {
    const auto address = address_of(ServerName(one.name));
    ASSERT_TRUE(address) << one.name;
    EXPECT_EQ(url_of(*address, "/x"), one.url);
    EXPECT_EQ(address->is_final, one.is_final) << one.name;
  }
  for (const char* name : {"", "a b", "user@host", "host/path", "host:0", "host:99999", ":8448", "host:port"})
    EXPECT_FALSE(address_of(ServerName(name))) << name;
}

TEST(ServerAddresses, AreDelegatedByADocument) {
  EXPECT_EQ(delegated_in(R"({"m.server":"matrix.example.org:443"})"), ServerName("matrix.example.org:443"));
  for (const char* document : {"", "[]", "{}", R"({"m.server":7})", R"({"m.server":"http://a"})"})
    EXPECT_FALSE(delegated_in(document)) << document;
}

}  // namespace
}  // namespace kuramori::policy_server
