#include "crypto/signing.hpp"

#include <gtest/gtest.h>

#include "crypto/base64.hpp"

namespace kuramori {
namespace {

// appendices.md, "Cryptographic Test Vectors".
crypto::SigningKey key_of_specification() {
  crypto::Ed25519Seed seed{};
  std::ranges::copy(crypto::from_base64("YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1").value(), seed.begin());
  return crypto::SigningKey::from_seed(seed, "1");
}

json::Object object_of(std::string_view text) {
  return json::parse_object(text).value();
}

struct Vector {
  std::string_view object;
  std::string_view signature;
};
constexpr Vector kVectors[] = {
    {"{}", "K8280/U9SSy9IVtjBuVeLr+HpOB4BQFWbg+UZaADMtTdGYI7Geitb76LTrr5QV/7Xg4ahLwYGYZzuHGZKM5ZAQ"},
    {R"({"one": 1, "two": "Two"})",
     "KqmLSbO39/Bzb0QIYE82zqLwsA+PDzYIpIRA2sRQ4sL53+sN6/fpNSoqE7BP7vBZhG6kYdD13EIMJpvhJI+6Bw"},
};

TEST(SignJson, MatchesTheVectorsOfTheSpecification) {
  const crypto::SigningKey key = key_of_specification();
  EXPECT_EQ(key.key_id(), "ed25519:1");
  for (const Vector& vector : kVectors) {
    json::Object object = object_of(vector.object);
    crypto::sign_json(object, "domain", key);
    const json::Object& signatures = *json::object_at(object, "signatures");
    EXPECT_EQ(json::string_or(*json::object_at(signatures, "domain"), "ed25519:1", ""), vector.signature);
    EXPECT_TRUE(crypto::verify_json(object, "domain", "ed25519:1", key.public_key()));
  }
}

TEST(SignJson, KeepsOtherSignaturesAndLeavesUnsignedOut) {
  const crypto::SigningKey key = key_of_specification();
  json::Object object = object_of(
      R"({"one":1,"two":"Two","unsigned":{"age":5},"signatures":{"other":{"ed25519:a":"x"},"domain":{"k":"y"}}})");
  crypto::sign_json(object, "domain", key);
  const json::Object& signatures = *json::object_at(object, "signatures");
  EXPECT_EQ(json::string_or(*json::object_at(signatures, "other"), "ed25519:a", ""), "x");
  EXPECT_EQ(json::string_or(*json::object_at(signatures, "domain"), "k", ""), "y");
  EXPECT_EQ(json::string_or(*json::object_at(signatures, "domain"), "ed25519:1", ""), kVectors[1].signature);
  object["unsigned"] = {{"age", 1.5}};
  object.at("signatures").as_object().erase("other");
  EXPECT_TRUE(crypto::verify_json(object, "domain", "ed25519:1", key.public_key()));
}

TEST(SignJson, ReplacesWhatCannotHoldSignatures) {
  const crypto::SigningKey key = key_of_specification();
  for (const char* text :
       {R"({"signatures":7})", R"({"signatures":{"domain":"none"}})", R"({"signatures":null})"}) {
    json::Object object = object_of(text);
    crypto::sign_json(object, "domain", key);
    EXPECT_TRUE(crypto::verify_json(object, "domain", "ed25519:1", key.public_key())) << text;
  }
}

TEST(VerifyJson, RefusesWhatIsAbsentMalformedOrWrong) {
  const crypto::SigningKey key = key_of_specification();
  const std::string good(kVectors[1].signature);
  const auto with = [](const std::string& signatures) {
    return object_of(R"({"one":1,"two":"Two","signatures":)" + signatures + "}");
  };
  const auto refused = [&key](const json::Object& object) {
    const auto verified = crypto::verify_json(object, "domain", "ed25519:1", key.public_key());
    return !verified && verified.error().code() == ErrorCode::Forbidden;
  };
  EXPECT_FALSE(refused(with(R"({"domain":{"ed25519:1":")" + good + R"("}})")));
  EXPECT_FALSE(refused(with(R"({"domain":{"ed25519:1":")" + good + R"(=="}})"))) << "padding is accepted";

  EXPECT_TRUE(refused(object_of(R"({"one":1,"two":"Two"})")));
  for (const std::string signatures :
       {"{}", "7", "null", R"({"domain":{}})", R"({"domain":"x"})", R"({"domain":{"ed25519:1":7}})",
        R"({"domain":{"ed25519:1":""}})", R"({"domain":{"ed25519:1":"!!!!"}})",
        R"({"domain":{"ed25519:1":"Zm9v"}})"}) {
    EXPECT_TRUE(refused(with(signatures))) << signatures;
  }
  EXPECT_TRUE(refused(with(R"({"other":{"ed25519:1":")" + good + R"("}})")));
  EXPECT_TRUE(refused(with(R"({"domain":{"ed25519:2":")" + good + R"("}})")));
  EXPECT_TRUE(refused(with(R"({"domain":{"ed25519:1":"A)" + good.substr(1) + R"("}})")));
  EXPECT_TRUE(refused(with(R"({"domain":{"ed25519:1":")" + good + R"(AAAA"}})")));
}

TEST(VerifyJson, NoticesAnyLaterChange) {
  const crypto::SigningKey key = key_of_specification();
  json::Object object = object_of(R"({"one":1,"two":{"three":[1,2]}})");
  crypto::sign_json(object, "domain", key);
  const auto verified = [&](const json::Object& changed) {
    return crypto::verify_json(changed, "domain", "ed25519:1", key.public_key()).has_value();
  };
  ASSERT_TRUE(verified(object));
  const std::string text = json::serialize(object);
  EXPECT_TRUE(verified(object_of(text)));
  json::Object changed = object;
  changed["one"] = 2;
  EXPECT_FALSE(verified(changed));
  changed["one"] = 1.0;
  EXPECT_FALSE(verified(changed)) << "a float has no canonical form, even where its digits would be the same";
  changed["one"] = 1;
  EXPECT_TRUE(verified(changed));
  changed["four"] = nullptr;
  EXPECT_FALSE(verified(changed));
  changed.erase("four");
  changed["two"].as_object()["three"].as_array().emplace_back(3);
  EXPECT_FALSE(verified(changed));

  SeededRandom random(1);
  const crypto::SigningKey other = crypto::SigningKey::generate(random, "1");
  EXPECT_FALSE(crypto::verify_json(object, "domain", "ed25519:1", other.public_key()));
}

TEST(Ed25519, VerifiesOnlyTheSignedMessage) {
  SeededRandom random(2);
  const crypto::SigningKey key = crypto::SigningKey::generate(random, "auto");
  EXPECT_EQ(key.key_id(), "ed25519:auto");
  crypto::Ed25519Signature signature = key.sign(as_bytes("message"));
  EXPECT_TRUE(crypto::verify(key.public_key(), as_bytes("message"), signature));
  EXPECT_FALSE(crypto::verify(key.public_key(), as_bytes("messagf"), signature));
  EXPECT_FALSE(crypto::verify({}, as_bytes("message"), signature));
  EXPECT_FALSE(crypto::verify(key.public_key(), as_bytes("message"), {}));
  for (std::size_t i = 0; i < signature.size(); ++i) {
    signature[i] ^= 1;
    EXPECT_FALSE(crypto::verify(key.public_key(), as_bytes("message"), signature)) << i;
    signature[i] ^= 1;
  }
}

TEST(SigningKey, MovesWithItsSecret) {
  crypto::SigningKey from = key_of_specification();
  const crypto::Ed25519Signature before = from.sign(as_bytes("m"));
  const crypto::SigningKey to = std::move(from);
  EXPECT_EQ(to.sign(as_bytes("m")), before);
  EXPECT_EQ(to.key_id(), "ed25519:1");
}

}  // namespace
}  // namespace kuramori
