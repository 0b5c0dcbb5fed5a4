#include "appservices/registration.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "appservices/services.hpp"

namespace kuramori::appservices {
namespace {

const ServerName kServer("example.org");

const std::string kGood = R"(id: irc
url: http://127.0.0.1:9000/
as_token: "as-token-0123456789abcdef"
hs_token: "hs-token-0123456789abcdef"
sender_localpart: _irc_bot
rate_limited: false
receive_ephemeral: true
protocols: [irc]
namespaces:
  users:
    - exclusive: true
      regex: '@_irc_.*'
  aliases:
    - exclusive: false
      regex: '#_irc_.*:example\.org'
  rooms: []
)";

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

// What is wrong with it: the lines, and all messages together.
struct Wrong {
  std::vector<std::int64_t> lines;
  std::string messages;
};
Wrong wrong(const std::string& text) {
  Wrong found;
  const RegistrationReading reading = read_registration_text(text, kServer);
  EXPECT_EQ(reading.registration.has_value(), reading.problems.empty());
  for (const RegistrationProblem& problem : reading.problems) {
    found.lines.push_back(problem.line);
    found.messages += problem.message + "\n";
  }
  return found;
}

TEST(Registration, AGoodFileIsReadWhole) {
  const RegistrationReading reading = read_registration_text(kGood, kServer);
  ASSERT_TRUE(reading.registration) << wrong(kGood).messages;
  const Registration& service = *reading.registration;
  EXPECT_EQ(service.id, "irc");
  EXPECT_EQ(service.url, "http://127.0.0.1:9000");
  EXPECT_EQ(service.sender, UserId("@_irc_bot:example.org"));
  EXPECT_FALSE(service.rate_limited);
  EXPECT_TRUE(service.receive_ephemeral);
  EXPECT_EQ(service.ephemeral_name, "ephemeral");
  EXPECT_EQ(service.protocols, std::vector<std::string>{"irc"});
  EXPECT_TRUE(service.covers_user(UserId("@_irc_freenode:example.org")));
  EXPECT_TRUE(service.covers_user(UserId("@_irc_bot:example.org")));
  EXPECT_FALSE(service.covers_user(UserId("@alice:example.org")));
  EXPECT_FALSE(service.covers_user(UserId("@not@_irc_x:example.org")));  // from the beginning
  EXPECT_TRUE(service.covers_alias("#_irc_general:example.org"));
  EXPECT_FALSE(service.covers_alias("#_irc_general:example.com"));
  EXPECT_FALSE(service.covers_room(RoomId("!x:example.org")));
}

TEST(Registration, ABridgeFromBeforeTheSpecificationGetsTheNameThatItKnows) {
  const auto reading = read_registration_text(
      replaced(kGood, "receive_ephemeral", "de.sorunome.msc2409.push_ephemeral"), kServer);
  ASSERT_TRUE(reading.registration);
  EXPECT_TRUE(reading.registration->receive_ephemeral);
  EXPECT_EQ(reading.registration->ephemeral_name, "de.sorunome.msc2409.ephemeral");
}

TEST(Registration, WithoutAnAddressNothingIsSent) {
  const auto reading = read_registration_text(replaced(kGood, "http://127.0.0.1:9000/", "null"), kServer);
  ASSERT_TRUE(reading.registration);
  EXPECT_TRUE(reading.registration->url.empty());
}

TEST(Registration, EveryMistakeIsReportedWithItsLine) {
  struct Case {
    std::string what, with;
    std::int64_t line;
    std::string says;
  };
  const std::vector<Case> cases{
      {"id: irc", "id: ''", 1, "'id' must be a string"},
      {"id: irc", "id: [a]", 1, "'id' must be a string"},
      {"id: irc\n", "", 0, "'id' is missing"},
      {"http://127.0.0.1:9000/", "ftp://host", 2, "http:// or https://"},
      {"http://127.0.0.1:9000/", "http://u:p@host", 2, "without user"},
      {"as-token-0123456789abcdef", "short", 3, "too easy to guess"},
      {"hs-token-0123456789abcdef", "as-token-0123456789abcdef", 4, "must differ"},
      {"_irc_bot", "'not valid!'", 5, "'sender_localpart'"},
      {"rate_limited: false", "rate_limited: perhaps", 6, "true or false"},
      {"protocols: [irc]", "protocols: 7", 8, "'protocols' must be a list"},
      {"'@_irc_.*'", "'@_irc_(.*'", 12, "regular expression"},
      {"'@_irc_.*'", "'@.*'", 12, "must not cover every name"},
      {"      regex: '@_irc_.*'\n", "", 11, "needs regex"},
      {"exclusive: true\n      ", "", 11, "needs exclusive"},
      {"  rooms: []", "  places: []", 16, "there is no namespace 'places'"},
      {"id: irc", "id: \"irc", 0, "is not YAML"},
  };
  for (const Case& c : cases) {
    const Wrong found = wrong(replaced(kGood, c.what, c.with));
    ASSERT_FALSE(found.lines.empty()) << c.with;
    if (c.says != "is not YAML") EXPECT_EQ(found.lines.front(), c.line) << c.with << ": " << found.messages;
    EXPECT_NE(found.messages.find(c.says), std::string::npos) << c.with << ": " << found.messages;
    EXPECT_EQ(found.messages.find("token-0123456789"), std::string::npos) << "a token is told";
  }
}

TEST(Registration, SeveralMistakesAreReportedTogether) {
  const Wrong found =
      wrong(replaced(replaced(kGood, "id: irc", "id: ''"), "rate_limited: false", "rate_limited: 3"));
  EXPECT_EQ(found.lines, (std::vector<std::int64_t>{1, 6}));
}

TEST(Registration, WhatIsTooLargeOrTooDeepIsNotParsed) {
  EXPECT_NE(wrong(std::string(kRegistrationBytesMax + 1, ' ')).messages.find("larger"), std::string::npos);
  EXPECT_NE(wrong(std::string(20'000, '[')).messages.find("deeply"), std::string::npos);
  std::string dashes;
  for (int i = 0; i < 20'000; ++i) dashes += "- ";
  EXPECT_NE(wrong(dashes).messages.find("deeply"), std::string::npos);
  EXPECT_NE(wrong("").messages.find("must be a mapping"), std::string::npos);
}

class RegistrationFiles : public ::testing::Test {
 protected:
  RegistrationFiles() { std::filesystem::create_directories(directory_); }
  ~RegistrationFiles() override { std::filesystem::remove_all(directory_); }
  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(directory_ / name) << text;
    return (directory_ / name).string();
  }
  std::filesystem::path directory_ =
      std::filesystem::temp_directory_path() / ("kuramori-registrations-" + std::to_string(::getpid()));
};

TEST_F(RegistrationFiles, TwoServicesShareNothingThatIdentifiesThem) {
  const std::string first = write("first.yaml", kGood);
  const std::string same = write("same.yaml", kGood);
  const auto clash = read_registration_files({first, same}, kServer);
  std::string all;
  for (const std::string& problem : clash.problems) all += problem + "\n";
  for (const char* part :
       {"same id", "same as_token", "same sender_localpart", "exclusive namespace of users"})
    EXPECT_NE(all.find(part), std::string::npos) << part << " in " << all;
  EXPECT_EQ(all.find("token-0123456789"), std::string::npos);

  std::string other = replaced(replaced(kGood, "id: irc", "id: xmpp"), "as-token-0", "as-other-0");
  other = replaced(replaced(other, "_irc_bot", "_xmpp_bot"), "@_irc_", "@_xmpp_");
  EXPECT_TRUE(read_registration_files({first, write("other.yaml", other)}, kServer).problems.empty());
}

TEST_F(RegistrationFiles, AFileThatIsMissingIsNamed) {
  const auto reading =
      read_registration_files({"/nowhere/irc.yaml", write("bad.yaml", "id: 'x'\n")}, kServer);
  ASSERT_GE(reading.problems.size(), 2U);
  EXPECT_EQ(reading.problems[0], "/nowhere/irc.yaml: is not a file that can be read");
  EXPECT_TRUE(reading.problems[1].starts_with(directory_.string() + "/bad.yaml: ")) << reading.problems[1];
}

TEST(Services, AreFoundByTheirTokenAndOwnWhatIsExclusive) {
  SeededRandom random{1};
  std::vector<Registration> registrations;
  registrations.push_back(*read_registration_text(kGood, kServer).registration);
  std::string other = replaced(replaced(kGood, "id: irc", "id: xmpp"), "as-token-0", "as-other-0");
  other = replaced(replaced(other, "_irc_bot", "_xmpp_bot"), "exclusive: true\n      regex: '@_irc_",
                   "exclusive: false\n      regex: '@_xmpp_");
  registrations.push_back(*read_registration_text(other, kServer).registration);
  const Services services(std::move(registrations), kServer, random);

  ASSERT_NE(services.by_token("as-token-0123456789abcdef"), nullptr);
  EXPECT_EQ(services.by_token("as-token-0123456789abcdef")->id, "irc");
  EXPECT_EQ(services.by_token("as-other-0123456789abcdef")->id, "xmpp");
  EXPECT_EQ(services.by_token("hs-token-0123456789abcdef"), nullptr);
  EXPECT_EQ(services.by_token(""), nullptr);
  EXPECT_EQ(services.find("irc"), &services.all()[0]);
  EXPECT_EQ(services.find("none"), nullptr);

  EXPECT_EQ(services.owner_of(UserId("@_irc_x:example.org")), &services.all()[0]);
  EXPECT_EQ(services.owner_of(UserId("@_xmpp_x:example.org")), nullptr);  // not exclusive
  EXPECT_EQ(services.owner_of(UserId("@_xmpp_bot:example.org")), &services.all()[1]);
  EXPECT_EQ(services.owner_of(RoomAlias("#_irc_x:example.org")), nullptr);
  EXPECT_TRUE(services.covers(services.all()[0], UserId("@_irc_x:example.org")));
  EXPECT_FALSE(services.covers(services.all()[0], UserId("@_irc_x:elsewhere.org")));
}

}  // namespace
}  // namespace kuramori::appservices
