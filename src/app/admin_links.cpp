// Link lists, what was taken down, who opened what, and the brake on mass sends.
#include "app/admin_operations.hpp"
#include "links/answers.hpp"
#include "worm_brake/answers.hpp"

namespace kuramori::app {
namespace {

constexpr std::size_t kEntriesShown = 10'000;
constexpr std::size_t kOpeningsShown = 10'000;
constexpr std::size_t kTakeDownsShown = 50;
constexpr std::size_t kMessagesShown = 1'000;

gate::Resource resource_of(std::string_view name) {
  gate::Resource resource;
  resource.name = std::string(name);
  return resource;
}

}  // namespace

Result<json::Object> AdminOperations::links_list(const Call& call) {
  LinksNode& node = node_.links;
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminLinksRead));
  KURAMORI_TRY(listing, wait(node.registry().list(std::move(permit), kEntriesShown)));
  KURAMORI_TRY(reporting, admit(call, gate::Operation::AdminLinksRead));
  KURAMORI_TRY(reports,
               wait(node.take_downs().reports(std::move(reporting), kTakeDownsShown, kMessagesShown)));
  json::Object answer = links::described(listing);
  json::Array take_downs;
  for (const links::TakeDownReport& report : reports) take_downs.push_back(links::described(report));
  answer["take_downs"] = std::move(take_downs);
  return answer;
}

Result<json::Object> AdminOperations::links_add(const Call& call) {
  LinksNode& node = node_.links;
  KURAMORI_TRY(entry, links::entry_from(call.arguments, *node.knowledge().get()->hosts));
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminLinksSet, resource_of(entry.pattern)));
  KURAMORI_CHECK(wait(node.registry().add(std::move(permit), entry)));
  return links::described(entry);
}

// The same as adding, and the messages with it are withdrawn before this returns.
Result<json::Object> AdminOperations::links_take_down(const Call& call) {
  LinksNode& node = node_.links;
  KURAMORI_TRY(entry, links::entry_from(call.arguments, *node.knowledge().get()->hosts));
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminLinksTakeDown, resource_of(entry.pattern)));
  KURAMORI_CHECK(wait(node.registry().add(std::move(permit), entry)));
  KURAMORI_CHECK(node.worker().catch_up());
  KURAMORI_TRY(reporting, admit(call, gate::Operation::AdminLinksRead));
  KURAMORI_TRY(reports, wait(node.take_downs().reports(std::move(reporting), 1, kMessagesShown)));
  if (reports.empty()) return internal_error("a take-down was planned and is not there");
  return links::described(reports.front());
}

// pattern and match?, or source
Result<json::Object> AdminOperations::links_remove(const Call& call) {
  LinksNode& node = node_.links;
  if (const auto source = json::string_or(call.arguments, "source", ""); !source.empty()) {
    KURAMORI_TRY(permit, admit(call, gate::Operation::AdminLinksSet, resource_of(source)));
    KURAMORI_CHECK(wait(node.registry().remove_source(std::move(permit), std::string(source))));
    return json::Object{{"removed", source}};
  }
  KURAMORI_TRY(entry, links::entry_from(call.arguments, *node.knowledge().get()->hosts));
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminLinksSet, resource_of(entry.pattern)));
  KURAMORI_CHECK(wait(node.registry().remove(std::move(permit), entry.match, entry.pattern)));
  return json::Object{{"removed", entry.pattern}};
}

// source, and what describes it; text, unless it has a location
Result<json::Object> AdminOperations::links_import(const Call& call) {
  links::Registry& registry = node_.links.registry();
  KURAMORI_TRY(name, json::required_string(call.arguments, "source"));
  KURAMORI_TRY(source, links::source_from(call.arguments, name));
  KURAMORI_TRY(setting, admit(call, gate::Operation::AdminLinksSet, resource_of(name)));
  KURAMORI_CHECK(wait(registry.set_source(std::move(setting), source)));
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminLinksSet, resource_of(name)));
  if (!source.location.empty()) {
    KURAMORI_TRY(difference, wait(registry.refresh(std::move(permit), name, {})));
    return links::described(difference);
  }
  KURAMORI_TRY(text, json::required_string(call.arguments, "text"));
  KURAMORI_TRY(difference, wait(registry.import(std::move(permit), name, std::move(text))));
  return links::described(difference);
}

Result<json::Object> AdminOperations::links_refresh(const Call& call) {
  KURAMORI_TRY(name, json::required_string(call.arguments, "source"));
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminLinksSet, resource_of(name)));
  KURAMORI_TRY(difference, wait(node_.links.registry().refresh(std::move(permit), name, {})));
  return links::described(difference);
}

// name, remove?
Result<json::Object> AdminOperations::links_protect(const Call& call) {
  KURAMORI_TRY(name, json::required_string(call.arguments, "name"));
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminLinksSet, resource_of(name)));
  links::Registry& registry = node_.links.registry();
  if (json::bool_or(call.arguments, "remove", false)) {
    KURAMORI_CHECK(wait(registry.unprotect(std::move(permit), name)));
  } else {
    KURAMORI_CHECK(wait(registry.protect(std::move(permit), name)));
  }
  return json::Object{{"name", name}};
}

Result<json::Object> AdminOperations::links_opened(const Call& call) {
  KURAMORI_TRY(pattern, json::required_string(call.arguments, "pattern"));
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminLinksRead, resource_of(pattern)));
  KURAMORI_TRY(openings, wait(node_.links.clicks().openings(std::move(permit), pattern, kOpeningsShown)));
  json::Array list;
  for (const links::Opening& opening : openings) list.push_back(links::described(opening));
  return json::Object{{"openings", std::move(list)}};
}

Result<json::Object> AdminOperations::brake_list(const Call& call) {
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminLinksRead));
  KURAMORI_TRY(stops, wait(node_.links.brake().list(std::move(permit))));
  json::Array list;
  for (const worm_brake::Stop& stop : stops) list.push_back(worm_brake::described(stop));
  return json::Object{{"stops", std::move(list)}};
}

Result<json::Object> AdminOperations::brake_release(const Call& call) {
  KURAMORI_TRY(user, user_argument(call));
  gate::Resource resource;
  resource.user = user;
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminBrakeRelease, std::move(resource)));
  KURAMORI_CHECK(wait(node_.links.brake().release(std::move(permit), user)));
  return json::Object{{"user", user.view()}};
}

}  // namespace kuramori::app
