#include "app/config.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "app/config_keys.hpp"

namespace kuramori::app {
namespace {

constexpr std::string_view kMinimal = "[server]\nname = \"example.org\"\n";

std::vector<std::string> problems(std::string_view text) {
  std::vector<std::string> lines;
  for (const ConfigProblem& p : read_config_text(text, "k.toml").problems) {
    lines.push_back(std::to_string(p.line) + ": " + p.message);
  }
  return lines;
}

TEST(Config, DefaultsAreSafe) {
  const ConfigReading reading = read_config_text(kMinimal, "k.toml");
  ASSERT_TRUE(reading.problems.empty());
  EXPECT_FALSE(reading.config.registration.enabled);
  EXPECT_FALSE(reading.config.federation.enabled);
  EXPECT_TRUE(reading.config.outgoing.verify_tls);
  EXPECT_EQ(reading.config.audit.retention_days, 400);
  EXPECT_EQ(reading.config.rooms.default_version, "12");
  EXPECT_EQ(reading.config.listener.address, "127.0.0.1");
}

TEST(Config, EveryMistakeIsReportedAtOnceWithItsLine) {
  const auto found = problems(
      "[server]\nname = \"example.org\"\n[listener]\nport = 70000\nadress = \"x\"\n[audit]\nretention_days = "
      "90\n"
      "[rooms]\ndefault_version = \"1\"\n[registration]\nenabled = \"yes\"\n[nonsense]\n");
  ASSERT_EQ(found.size(), 6u);
  EXPECT_NE(found[0].find("4: listener.port must lie between"), std::string::npos) << found[0];
  EXPECT_NE(found[1].find("5: [listener] has no key 'adress'; did you mean 'address'?"), std::string::npos)
      << found[1];
  EXPECT_NE(found[2].find("7: audit.retention_days must lie between 180"), std::string::npos) << found[2];
  EXPECT_NE(found[3].find("9: rooms.default_version"), std::string::npos) << found[3];
  EXPECT_NE(found[4].find("11: registration.enabled must be true or false"), std::string::npos) << found[4];
  EXPECT_NE(found[5].find("12: there is no table [nonsense]"), std::string::npos) << found[5];
}

TEST(Config, SyntaxErrorsHaveALine) {
  const auto found = problems("[server]\nname = \n");
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found.front().substr(0, 2), "0:") << found.front();  // the missing name
  EXPECT_TRUE(found.back().starts_with("2:")) << found.back();
}

TEST(Config, TheNameIsRequired) {
  EXPECT_EQ(problems("[log]\nlevel = \"info\"\n").size(), 1u);
}

TEST(Config, SecretsComeFromFilesAndTheEnvironment) {
  const std::filesystem::path file = std::filesystem::temp_directory_path() / "kuramori-config-test-secret";
  std::ofstream(file) << "from-file\n";
  const std::string text =
      std::string(kMinimal) + "[registration]\nshared_secret_file = \"" + file.string() + "\"\n";
  EXPECT_EQ(read_config_text(text, "k.toml").config.registration.shared_secret, "from-file");
  ::setenv("KURAMORI_REGISTRATION_SHARED_SECRET", "from-environment", 1);
  EXPECT_EQ(read_config_text(text, "k.toml").config.registration.shared_secret, "from-environment");
  ::unsetenv("KURAMORI_REGISTRATION_SHARED_SECRET");
  std::filesystem::remove(file);
  EXPECT_FALSE(problems(text).empty()) << "the file is gone";
}

TEST(Config, TheRegistrationTokenIsASecret) {
  const std::filesystem::path file = std::filesystem::temp_directory_path() / "kuramori-config-test-token";
  std::ofstream(file) << "let-me-in\n";
  const std::string text = std::string(kMinimal) + "[registration]\ntoken_file = \"" + file.string() + "\"\n";
  EXPECT_EQ(read_config_text(text, "k.toml").config.registration.token, "let-me-in");
  std::filesystem::remove(file);
  EXPECT_FALSE(problems(text).empty()) << "the file is gone";
}

TEST(Config, RateLimitsAreTables) {
  const auto good =
      read_config_text(std::string(kMinimal) + "[rate_limits.message]\nper_second = 2.5\n", "k.toml");
  ASSERT_TRUE(good.problems.empty());
  EXPECT_DOUBLE_EQ(good.config.rate_limits.operations.at("message").per_second, 2.5);
  EXPECT_EQ(problems(std::string(kMinimal) + "[rate_limits.message]\nper_minute = 3\n").size(), 1u);
  EXPECT_EQ(problems(std::string(kMinimal) + "[rate_limits.message]\nper_second = -1\n").size(), 1u);
}

TEST(Config, ABucketNeedsItsKeys) {
  const std::string start = std::string(kMinimal) + "[media]\nstore = \"s3\"\n";
  EXPECT_EQ(problems(start).size(), 1u);
  const std::string rest =
      "[media.s3]\nendpoint = \"https://s3.example.org\"\nbucket = \"files\"\naccess_key_file = \"a\"\n"
      "secret_key_file = \"b\"\npath_style = false\n";
  const ConfigReading good = read_config_text(start + rest, "k.toml");
  ASSERT_TRUE(good.problems.empty()) << good.problems.front().message;
  EXPECT_EQ(good.config.media_s3.bucket, "files");
  EXPECT_EQ(good.config.media_s3.region, "us-east-1");
  EXPECT_FALSE(good.config.media_s3.path_style);
  const auto wrong = problems(start + rest + "buckt = \"x\"\n");
  ASSERT_EQ(wrong.size(), 1u);
  EXPECT_NE(wrong[0].find("[media.s3] has no key 'buckt'; did you mean 'bucket'?"), std::string::npos)
      << wrong[0];
  EXPECT_EQ(problems(std::string(kMinimal) + "[media]\nstore = \"tape\"\n").size(), 1u);
}

// The annotated example is what people copy: it must be valid, and name every key.
TEST(Config, TheExampleIsValidAndComplete) {
  std::ifstream in(KURAMORI_EXAMPLE_CONFIG);
  std::ostringstream content;
  content << in.rdbuf();
  const std::string text = content.str();
  const ConfigReading reading = read_config_text(text, "example");
  for (const ConfigProblem& p : reading.problems) ADD_FAILURE() << p.line << ": " << p.message;
  for (const ConfigKey& key : config_keys()) {
    const std::string name(key.name);
    const bool present = text.find("\n" + name + " =") != std::string::npos ||
                         text.find("\n#" + name + " =") != std::string::npos ||
                         text.find("\n#" + name + "_file =") != std::string::npos;
    EXPECT_TRUE(present) << key.table << "." << name;
  }
}

TEST(Config, OutgoingRequestsAreDescribedPlainly) {
  const std::string bad =
      std::string(kMinimal) + "[outgoing]\ndenied_addresses = [\"10.0.0.1/8\"]\nproxy = \"proxy\"\n";
  const auto found = problems(bad);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_TRUE(found[0].contains("10.0.0.1/8")) << found[0];
  EXPECT_TRUE(found[1].contains("outgoing.proxy")) << found[1];
}

}  // namespace
}  // namespace kuramori::app
