// One pusher as a client sets it (client-server API, POST /pushers/set). Pure.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "json/json.hpp"

namespace kuramori::push {

// Gateways that the organisation has configured, as "host" or "host:port": they may be reached without TLS
// and inside its own networks.
using OwnGateways = std::vector<std::string>;

struct Pusher {
  enum class Kind : std::uint8_t { Http, Email };
  Kind kind = Kind::Http;
  std::string app_id = {};
  std::string pushkey = {};
  std::string app_display_name = {};
  std::string device_display_name = {};
  std::string profile_tag = {};  // empty: none
  std::string lang = {};
  json::Object data = {};

  std::string url() const;  // of the gateway
  bool wants_event_id_only() const;
  json::Object to_json() const;  // as GET /pushers shows it
};

struct PusherChange {
  std::string app_id = {};
  std::string pushkey = {};
  bool append = false;
  std::optional<Pusher> pusher = {};  // none: it is deleted (`kind` is null)
};

// M_MISSING_PARAM, M_INVALID_PARAM.
Result<PusherChange> parse_pusher_change(const json::Object& body, const OwnGateways& own);
// What was stored: the object of to_json.
Result<Pusher> parse_stored_pusher(std::string_view text);

// "host" or "host:port" of a URL, in lower case; empty for what is none.
std::string authority_of(std::string_view url);
bool is_own_gateway(std::string_view url, const OwnGateways& own);

}  // namespace kuramori::push
