// Endpoints over `identity`: one function for each module of the specification, in a file of that name.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/client/pipeline.hpp"
#include "identity/accounts.hpp"
#include "identity/devices.hpp"
#include "identity/interactive_authentication.hpp"
#include "identity/ports.hpp"
#include "identity/profiles.hpp"

namespace kuramori::api::client {

struct SupportContact {
  std::string matrix_id = {};
  std::string email_address = {};
  std::string role = "m.role.admin";
};

enum class Registration : std::uint8_t { Closed, Open, WithToken };
enum class Guests : bool { Refused, Welcome };

struct IdentityOptions {
  std::string public_base_url = {};  // what /.well-known/matrix/client tells; empty: 404 there
  std::vector<SupportContact> support_contacts = {};
  std::string policy_server_key =
      {};                         // ed25519, unpadded base64; empty: /.well-known/matrix/policy_server is 404
  std::string support_page = {};  // both empty: /.well-known/matrix/support is 404
  Registration registration = Registration::Closed;
  Guests guests = Guests::Refused;
  std::string registration_shared_secret = {};  // empty: no /_synapse/admin/v1/register
  std::string default_room_version = "12";
  bool takes_contacts = false;  // e-mail addresses of accounts can be added
  bool profiles_open = false;   // profiles are shown to anybody, also without a login
  Milliseconds login_token_lifetime{120'000};
};

// Lives as long as the router.
struct IdentityServices {
  identity::Accounts& accounts;
  identity::Sessions& sessions;
  identity::Devices& devices;
  identity::Profiles& profiles;
  identity::InteractiveAuthentication& interactive_authentication;
  identity::AccountFollower* follower;  // null where there are no rooms
  Random& random;
  IdentityOptions options;
  identity::PasswordProofBook* proofs = nullptr;  // null: nobody asks how lately a password was given
};

void add_versions_routes(net::Router& router, Pipeline& pipeline);
void add_well_known_routes(net::Router& router, Pipeline& pipeline, IdentityServices& services);
void add_capabilities_routes(net::Router& router, Pipeline& pipeline, IdentityServices& services);
void add_login_routes(net::Router& router, Pipeline& pipeline, IdentityServices& services);
void add_single_sign_on_routes(net::Router& router, Pipeline& pipeline);
void add_login_token_routes(net::Router& router, Pipeline& pipeline, IdentityServices& services);
void add_refresh_routes(net::Router& router, Pipeline& pipeline, IdentityServices& services);
void add_logout_routes(net::Router& router, Pipeline& pipeline, IdentityServices& services);
void add_registration_routes(net::Router& router, Pipeline& pipeline, IdentityServices& services);
void add_shared_secret_registration_routes(net::Router& router, Pipeline& pipeline,
                                           IdentityServices& services);
void add_whoami_routes(net::Router& router, Pipeline& pipeline, IdentityServices& services);
void add_password_routes(net::Router& router, Pipeline& pipeline, IdentityServices& services);
void add_deactivation_routes(net::Router& router, Pipeline& pipeline, IdentityServices& services);
void add_device_routes(net::Router& router, Pipeline& pipeline, IdentityServices& services);
void add_profile_routes(net::Router& router, Pipeline& pipeline, IdentityServices& services);

// All of them.
void add_identity_routes(net::Router& router, Pipeline& pipeline, IdentityServices& services);

}  // namespace kuramori::api::client
