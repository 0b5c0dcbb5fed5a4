#include "policy_server/x_matrix.hpp"

#include <gtest/gtest.h>

namespace kuramori::policy_server {
namespace {

const XMatrix kWhole{
    .origin = "a.example", .destination = "b.example", .key = "ed25519:k1", .signature = "ABC/+d"};

TEST(XMatrix, IsReadInAllItsForms) {
  for (const char* header : {
           R"(X-Matrix origin="a.example",destination="b.example",key="ed25519:k1",sig="ABC/+d")",
           R"(X-Matrix origin=a.example,destination=b.example,key=ed25519:k1,sig=ABC/+d)",
           "x-matrix  SIG=\"ABC/+d\" , Key=\"ed25519:k1\"\t,origin = a.example, destination=\"b.example\", "
           "new=\"x\"",
           R"(X-Matrix origin="a\.example",destination="b.example",key="ed25519:k1",sig="ABC/+d")",
       }) {
    const auto parsed = parse_x_matrix(header);
    ASSERT_TRUE(parsed) << header;
    EXPECT_EQ(*parsed, kWhole) << header;
  }
  const auto old = parse_x_matrix(R"(X-Matrix origin=a.example:8448,key="ed25519:k1",sig="ABC")");
  ASSERT_TRUE(old);
  EXPECT_EQ(old->origin, "a.example:8448");
  EXPECT_EQ(old->destination, "");
}

TEST(XMatrix, IsNothingWhenItIsNotWhole) {
  for (const std::string& header : {
           std::string(),
           std::string("Bearer abc"),
           std::string("X-Matrix"),
           std::string("X-Matrixorigin=a"),
           std::string(R"(X-Matrix origin="a",key="ed25519:k")"),
           std::string(R"(X-Matrix origin="a",origin="b",key="ed25519:k",sig="s")"),
           std::string(R"(X-Matrix origin="",key="ed25519:k",sig="s")"),
           std::string(R"(X-Matrix origin="a",key="ed25519:k",sig="s)"),
           std::string(R"(X-Matrix origin="a",key="ed25519:k",sig="s",)"),
           std::string(R"(X-Matrix origin="a" key="ed25519:k" sig="s")"),
           std::string("X-Matrix origin=\"a\",key=\"ed25519:k\",sig=\"s\n\""),
           R"(X-Matrix origin="a",key="ed25519:k",sig=")" + std::string(kHeaderBytesMax, 'x') + "\"",
       }) {
    EXPECT_FALSE(parse_x_matrix(header)) << header.substr(0, 100);
  }
}

TEST(XMatrix, IsWrittenAsItIsRead) {
  EXPECT_EQ(parse_x_matrix(to_header(kWhole)), kWhole);
  const XMatrix strange{.origin = "a\"b\\c", .key = "k", .signature = "s"};
  EXPECT_EQ(parse_x_matrix(to_header(strange)), strange);
}

}  // namespace
}  // namespace kuramori::policy_server
