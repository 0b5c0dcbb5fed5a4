// Endpoints about people, administration and calls: one function for each module of the specification, in a
// file of that name.
#pragma once
#include <string>
#include <vector>

#include "api/client/pipeline.hpp"
#include "identity/accounts.hpp"
#include "identity/devices.hpp"
#include "identity/interactive_authentication.hpp"
#include "identity/restrictions.hpp"
#include "people/contacts.hpp"
#include "people/openid_tokens.hpp"
#include "people/user_directory.hpp"

namespace kuramori::api::client {

struct CallOptions {
  std::vector<std::string> turn_uris = {};  // empty: no relay
  std::string turn_shared_secret = {};      // coturn's static-auth-secret
  std::chrono::seconds turn_lifetime{86'400};
  std::vector<std::string> livekit_urls = {};  // services of MatrixRTC
};

struct PeopleOptions {
  ServerName server;
  std::string base_url = {};  // where people reach this server; empty: not known
  CallOptions calls = {};
};

// Lives as long as the router.
struct PeopleServices {
  identity::Accounts& accounts;
  identity::Devices& devices;
  identity::Restrictions& restrictions;
  people::UserDirectory& directory;
  people::OpenIdTokens& openid;
  people::Contacts& contacts;
  identity::InteractiveAuthentication& interactive_authentication;
  PeopleOptions options;
};

void add_users_routes(net::Router& router, Pipeline& pipeline, PeopleServices& services);
void add_admin_routes(net::Router& router, Pipeline& pipeline, PeopleServices& services);
void add_openid_routes(net::Router& router, Pipeline& pipeline, PeopleServices& services);
void add_voip_routes(net::Router& router, Pipeline& pipeline, PeopleServices& services);
void add_third_party_lookup_routes(net::Router& router, Pipeline& pipeline);
void add_administrative_contact_routes(net::Router& router, Pipeline& pipeline, PeopleServices& services);

// All of them.
void add_people_routes(net::Router& router, Pipeline& pipeline, PeopleServices& services);

}  // namespace kuramori::api::client
