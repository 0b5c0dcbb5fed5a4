// A document or a table, by the first octet: whatever is accepted can be written and read again, and either
// has problems or makes a directory that answers.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "organisation/difference.hpp"
#include "organisation/directory.hpp"
#include "organisation/document.hpp"
#include "organisation/tables_csv.hpp"
#include "organisation/words.hpp"

using namespace kuramori;
using namespace kuramori::organisation;

namespace {

void ask(const Content& content) {
  const Checked checked = Directory::check(content);
  if (!checked.directory) return;
  for (const Person& person : content.people) {
    const auto chain = checked.directory->chain_of_command(person.user);
    for (const UserId& superior : chain) ensure(superior != person.user, "nobody is his own superior");
    for (const Contact& contact : content.contacts) checked.directory->may_find(person.user, contact.user);
  }
}

void fuzz_document(std::string_view text) {
  const ParsedDocument parsed = parse_document(text);
  if (!parsed.issues.empty()) return;
  const ParsedDocument again = parse_document(json::serialize(to_json(parsed.content)));
  ensure(again.issues.empty() && again.content == parsed.content, "what is written reads the same");
  ensure(difference(parsed.content, again.content).is_empty(), "the same differs in nothing");
  ask(parsed.content);
}

// A content whose references are the octets themselves: circles, strangers and long lines of managers come by
// themselves.
Content content_of(std::string_view octets) {
  constexpr std::size_t kNames = 24;
  std::size_t used = 0;
  const auto next = [&]() -> std::size_t {
    return used < octets.size() ? static_cast<unsigned char>(octets[used++]) : 0;
  };
  const auto user = [](std::size_t number) { return UserId("@" + std::to_string(number) + ":x"); };
  const auto maybe_user = [&] {
    const std::size_t number = next() % (kNames + 8);
    return number < 8 ? UserId() : user(number - 8);
  };
  Content content;
  const std::size_t units = 1 + next() % 12;
  for (std::size_t i = 0; i < units; ++i) {
    const std::size_t parent = next() % 14;
    content.units.push_back({.id = std::to_string(i),
                             .kind = parent < 2 ? UnitKind::LegalEntity : UnitKind::Department,
                             .name = "u",
                             .parent = parent < 2 ? "" : std::to_string(parent - 2),
                             .head = maybe_user()});
  }
  for (std::size_t i = 0; i < kNames; ++i) {
    content.people.push_back({.user = user(i),
                              .name = "p",
                              .posts = {{.unit = std::to_string(next() % content.units.size()), .title = ""}},
                              .manager = maybe_user(),
                              .roles = {},
                              .clearance = "",
                              .region = "",
                              .employment = kEmployments[next() % 8 < 5 ? 0 : next() % kEmployments.size()]});
  }
  return content;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 5) {
    case 0:
      fuzz_document(text);
      break;
    case 1:
      ask({.units = parse_units(text).entries, .people = {}, .contacts = {}, .visibility = {}});
      break;
    case 2:
      ask(content_of(text));
      break;
    case 3:
      ask({.units = {}, .people = parse_people(text).entries, .contacts = {}, .visibility = {}});
      break;
    default:
      parse_contacts(text);
  }
  return 0;
}
