// Consent to the organisation's notice: the answer to who has not given it, and the page where it is given
// (client-server API, error code M_CONSENT_NOT_GIVEN).
#pragma once
#include "api/client/pipeline.hpp"
#include "identity/consents.hpp"

namespace kuramori::api::client {

// Lives as long as the router.
struct ConsentServices {
  identity::Consents& consents;
  std::string document_url = {};  // where the notice can be read; empty: nowhere
};

// 403, in the language of the subject, with the link of that person.
net::Response consent_not_given(const identity::Consents& consents, const gate::Subject& subject);

void add_consent_routes(net::Router& router, Pipeline& pipeline, ConsentServices& services);

}  // namespace kuramori::api::client
