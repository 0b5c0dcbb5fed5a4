#include "base/network.hpp"

#include <gtest/gtest.h>

namespace kuramori {
namespace {

struct Case {
  const char* network;
  const char* address;
  bool lies_within;
};

TEST(Network, ContainsItsAddresses) {
  constexpr Case kCases[] = {
      {"10.0.0.0/8", "10.255.1.2", true},       {"10.0.0.0/8", "11.0.0.0", false},
      {"192.168.1.7", "192.168.1.7", true},     {"192.168.1.7", "192.168.1.8", false},
      {"0.0.0.0/0", "8.8.8.8", true},           {"0.0.0.0/0", "2001:db8::1", false},
      {"2001:db8::/32", "2001:db8:5::1", true}, {"2001:db8::/32", "2001:db9::1", false},
      {"10.0.0.0/8", "::ffff:10.0.0.1", true},  {"::/0", "10.0.0.1", true},
  };
  for (const Case& example : kCases) {
    const auto network = parse_network(example.network);
    const auto address = parse_address(example.address);
    ASSERT_TRUE(network && address) << example.network << " " << example.address;
    EXPECT_EQ(network->contains(*address), example.lies_within) << example.network << " " << example.address;
  }
}

TEST(Network, RefusesWhatIsNoNetwork) {
  for (const char* text : {"", "10.0.0.0/33", "10.0.0.1/8", "10.0.0/8", "2001:db8::/129", "example.org",
                           "10.0.0.0/-1", "10.0.0.0/", "/8"}) {
    EXPECT_FALSE(parse_network(text)) << text;
  }
}

}  // namespace
}  // namespace kuramori
