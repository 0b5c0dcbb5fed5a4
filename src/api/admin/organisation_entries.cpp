// GET /organisation/people/{user} and /organisation/units/{unit}: one entry with what follows from it.
#include "api/admin/organisation_routes.hpp"
#include "api/admin/paths.hpp"
#include "api/resource/page.hpp"
#include "organisation/document.hpp"

namespace kuramori::api::admin {

using net::Response;
using organisation::Directory;
using resource::Call;
using resource::Pipeline;
using runtime::Task;

namespace {

// One entry in the form of the document.
template <class Entry>
json::Object entry_of(std::vector<Entry> organisation::Content::* list, std::string_view key,
                      const Entry& entry) {
  organisation::Content content;
  (content.*list).push_back(entry);
  const json::Object document = organisation::to_json(content);
  return json::array_at(document, key)->at(0).as_object();
}

Task<std::optional<Response>> record_look(Call& call, Pipeline& pipeline, std::string what) {
  gate::Resource about;
  about.name = what;
  auto admitting = pipeline.admit(call, gate::Operation::AdminOrganisationRead, std::move(about));
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return std::move(admitted.denied);
  auto recording = pipeline.record(call, *std::move(admitted.permit), std::move(what));
  auto denied = co_await std::move(recording);
  co_return denied;
}

json::Object about_person(const Directory& directory, const organisation::Person& person) {
  json::Object body = entry_of(&organisation::Content::people, "people", person);
  if (const organisation::Unit* entity = directory.legal_entity_of(person.user))
    body.emplace("legal_entity", entity->id);
  json::Array chain;
  for (const UserId& superior : directory.chain_of_command(person.user)) chain.emplace_back(superior.view());
  body.emplace("chain_of_command", std::move(chain));
  json::Array owned;
  for (const organisation::Contact& contact : directory.content().contacts) {
    if (contact.owner == person.user) owned.emplace_back(contact.user.view());
  }
  body.emplace("contacts", std::move(owned));
  return body;
}

Task<Response> get_person(Call& call, Pipeline& pipeline, OrganisationServices& services) {
  const UserId user(call.parameter(0));
  auto looking = record_look(call, pipeline, user.str());
  auto denied = co_await std::move(looking);
  if (denied) co_return *std::move(denied);
  const workforce::OrganisationInForce current = services.organisations.in_force();
  const Directory& directory = *current.directory;
  json::Object body;
  if (const organisation::Person* person = directory.person(user)) {
    body = about_person(directory, *person);
  } else if (const organisation::Contact* contact = directory.contact(user)) {
    body = entry_of(&organisation::Content::contacts, "contacts", *contact);
  } else {
    co_return resource::failed(not_found("The organisation does not know this person."), call.request);
  }
  body.emplace("organisation_version", current.version);
  co_return resource::ok(body);
}

// Who has a post in the unit itself, a page in the order of user ids.
void list_people(const Directory& directory, const std::string& unit, const resource::Page& page,
                 json::Object& body) {
  std::vector<std::string> users;
  for (const organisation::Person& person : directory.content().people) {
    if (page.after && person.user.view() <= *page.after) continue;
    for (const organisation::Post& post : person.posts) {
      if (post.unit != unit) continue;
      users.push_back(person.user.str());
      break;
    }
  }
  std::ranges::sort(users);
  const bool has_more = users.size() > page.limit;
  if (has_more) users.resize(page.limit);
  if (has_more) body.emplace("next_cursor", resource::to_cursor(users.back()));
  body.emplace("people", json::Array(users.begin(), users.end()));
}

Task<Response> get_unit(Call& call, Pipeline& pipeline, OrganisationServices& services) {
  const auto page = resource::read_page(call.request, {.standard = 100, .most = 1'000});
  if (!page) co_return resource::failed(page.error(), call.request);
  const std::string& id = call.parameter(0);
  auto looking = record_look(call, pipeline, "unit " + id);
  auto denied = co_await std::move(looking);
  if (denied) co_return *std::move(denied);
  const workforce::OrganisationInForce current = services.organisations.in_force();
  const organisation::Unit* unit = current.directory->unit(id);
  if (unit == nullptr)
    co_return resource::failed(not_found("The organisation has no such unit."), call.request);
  json::Object body = entry_of(&organisation::Content::units, "units", *unit);
  json::Array below;
  for (const organisation::Unit& other : current.directory->content().units) {
    if (other.parent == id) below.emplace_back(other.id);
  }
  body.emplace("units", std::move(below));
  list_people(*current.directory, id, *page, body);
  body.emplace("organisation_version", current.version);
  co_return resource::ok(body);
}

}  // namespace

void add_organisation_entry_routes(net::Router& router, Pipeline& pipeline, OrganisationServices& services) {
  const resource::EndpointOptions options{.limit = "administration"};
  pipeline.add(router, net::Method::Get, path("/organisation/people/{user}"), options,
               [&](Call& call) { return get_person(call, pipeline, services); });
  pipeline.add(router, net::Method::Get, path("/organisation/units/{unit}"), options,
               [&](Call& call) { return get_unit(call, pipeline, services); });
}

}  // namespace kuramori::api::admin
