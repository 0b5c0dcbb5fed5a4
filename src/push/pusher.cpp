#include "push/pusher.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace kuramori::push {
namespace {

constexpr std::size_t kAppIdBytesMax = 64;
constexpr std::size_t kPushkeyBytesMax = 512;
constexpr std::size_t kNameBytesMax = 256;
constexpr std::size_t kLanguageBytesMax = 35;
constexpr std::size_t kTagBytesMax = 32;
constexpr std::size_t kUrlBytesMax = 2'048;
constexpr std::size_t kDataBytesMax = 8'192;
constexpr std::string_view kGatewayPath = "/_matrix/push/v1/notify";
constexpr std::string_view kEmailApp = "m.email";

enum class Presence : bool { Optional, Required };

Result<std::string> text_at(const json::Object& body, std::string_view name, std::size_t bytes_max,
                            Presence presence) {
  const json::Value* value = json::find(body, name);
  if (value == nullptr || value->is_null()) {
    if (presence == Presence::Required) return missing_argument(name);
    return std::string();
  }
  if (!value->is_string()) return invalid_argument("'" + std::string(name) + "' must be a string.");
  std::string text(json::view(value->get_string()));
  if (text.size() > bytes_max) {
    return invalid_argument("'" + std::string(name) + "' is longer than " + std::to_string(bytes_max) +
                            " bytes.");
  }
  return text;
}

bool is_clean(std::string_view url) {
  return std::ranges::all_of(
      url, [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != '\x7f' && c != '\\'; });
}

// "MUST be an HTTPS URL with a path of /_matrix/push/v1/notify".
Result<void> check_url(std::string_view url, const OwnGateways& own) {
  if (url.empty()) return missing_argument("data.url");
  const std::string authority = authority_of(url);
  if (url.size() > kUrlBytesMax || !is_clean(url) || authority.empty())
    return invalid_argument("'data.url' is not a URL.");
  if (authority.contains('@')) return invalid_argument("'data.url' must not hold a user name or a password.");
  if (!url.starts_with("https://") && !is_own_gateway(url, own))
    return invalid_argument("'data.url' must begin with https://.");
  const std::string_view rest = url.substr(url.find("://") + 3 + authority.size());
  if (rest.substr(0, rest.find_first_of("?#")) != kGatewayPath)
    return invalid_argument("The path of 'data.url' must be /_matrix/push/v1/notify.");
  return {};
}

Result<Pusher> parse_pusher(const json::Object& body, PusherChange& change, std::string_view kind) {
  Pusher pusher{.app_id = change.app_id, .pushkey = change.pushkey};
  KURAMORI_TRY(app_name, text_at(body, "app_display_name", kNameBytesMax, Presence::Required));
  KURAMORI_TRY(device_name, text_at(body, "device_display_name", kNameBytesMax, Presence::Required));
  KURAMORI_TRY(lang, text_at(body, "lang", kLanguageBytesMax, Presence::Required));
  KURAMORI_TRY(tag, text_at(body, "profile_tag", kTagBytesMax, Presence::Optional));
  const json::Value* data = json::find(body, "data");
  if (data == nullptr) return missing_argument("data");
  if (!data->is_object()) return invalid_argument("'data' must be an object.");
  pusher.app_display_name = std::move(app_name);
  pusher.device_display_name = std::move(device_name);
  pusher.lang = std::move(lang);
  pusher.profile_tag = std::move(tag);
  pusher.data = data->get_object();
  if (json::serialize(pusher.data).size() > kDataBytesMax) return invalid_argument("'data' is too large.");
  if (kind == "email") {
    pusher.kind = Pusher::Kind::Email;
    if (pusher.app_id != kEmailApp)
      return invalid_argument("The 'app_id' of a pusher by e-mail must be m.email.");
  }
  return pusher;
}

}  // namespace

std::string authority_of(std::string_view url) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!url.starts_with(scheme)) continue;
    const std::string_view rest = url.substr(scheme.size());
    return text::to_lower_ascii(rest.substr(0, rest.find_first_of("/?#")));
  }
  return {};
}

bool is_own_gateway(std::string_view url, const OwnGateways& own) {
  const std::string authority = authority_of(url);
  if (authority.empty() || authority.contains('@')) return false;
  return std::ranges::any_of(
      own, [&](const std::string& host) { return text::to_lower_ascii(host) == authority; });
}

std::string Pusher::url() const {
  return std::string(json::string_or(data, "url", ""));
}

bool Pusher::wants_event_id_only() const {
  return json::string_or(data, "format", "") == "event_id_only";
}

json::Object Pusher::to_json() const {
  json::Object object;
  object.emplace("kind", kind == Kind::Http ? "http" : "email");
  object.emplace("app_id", app_id);
  object.emplace("pushkey", pushkey);
  object.emplace("app_display_name", app_display_name);
  object.emplace("device_display_name", device_display_name);
  if (!profile_tag.empty()) object.emplace("profile_tag", profile_tag);
  object.emplace("lang", lang);
  object.emplace("data", data);
  return object;
}

Result<PusherChange> parse_pusher_change(const json::Object& body, const OwnGateways& own) {
  PusherChange change;
  KURAMORI_TRY(app, text_at(body, "app_id", kAppIdBytesMax, Presence::Required));
  KURAMORI_TRY(key, text_at(body, "pushkey", kPushkeyBytesMax, Presence::Required));
  if (app.empty() || key.empty()) return invalid_argument("'app_id' and 'pushkey' must not be empty.");
  change.app_id = std::move(app);
  change.pushkey = std::move(key);
  change.append = json::bool_or(body, "append", false);
  const json::Value* kind = json::find(body, "kind");
  if (kind == nullptr) return missing_argument("kind");
  if (kind->is_null()) return change;
  const std::string_view name = json::string_or(body, "kind", "");
  if (name != "http" && name != "email")
    return invalid_argument("'kind' must be \"http\", \"email\" or null.");
  KURAMORI_TRY(pusher, parse_pusher(body, change, name));
  if (pusher.kind == Pusher::Kind::Http) KURAMORI_CHECK(check_url(pusher.url(), own));
  change.pusher = std::move(pusher);
  return change;
}

Result<Pusher> parse_stored_pusher(std::string_view text) {
  KURAMORI_TRY(object, json::parse_object(text));
  Pusher pusher;
  if (json::string_or(object, "kind", "") == "email") pusher.kind = Pusher::Kind::Email;
  pusher.app_id = std::string(json::string_or(object, "app_id", ""));
  pusher.pushkey = std::string(json::string_or(object, "pushkey", ""));
  pusher.app_display_name = std::string(json::string_or(object, "app_display_name", ""));
  pusher.device_display_name = std::string(json::string_or(object, "device_display_name", ""));
  pusher.profile_tag = std::string(json::string_or(object, "profile_tag", ""));
  pusher.lang = std::string(json::string_or(object, "lang", ""));
  if (const json::Object* data = json::object_at(object, "data")) pusher.data = *data;
  return pusher;
}

}  // namespace kuramori::push
