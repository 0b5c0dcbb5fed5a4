// From results to Matrix responses: the one place that maps codes to HTTP statuses (client-server API,
// "Standard error response").
#pragma once
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "gate/refusal.hpp"
#include "json/json.hpp"
#include "net/http_types.hpp"

namespace kuramori::api::client {

net::Response ok(const json::Object& body);
net::Response ok_text(std::string json_text);  // already serialised
net::Response empty_ok();                      // {}
net::Response with_status(int status, const json::Object& body);
// {"errcode", "error", retry_after_ms when known}; 5xx bodies never carry detail.
net::Response failed(const Error& error);
// 403 M_FORBIDDEN; "error" in the user's language, "org.kuramori.refusal": {rule, policy_version,
// decision_id, explanation: {en, …}}.
// `view`: where the file is shown that is not given out ("org.kuramori.view"); empty: nowhere.
net::Response refused(const gate::Refusal& refusal, std::string_view view = {});

}  // namespace kuramori::api::client
