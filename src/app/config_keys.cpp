#include "app/config_keys.hpp"

#include <algorithm>

#include "base/network.hpp"
#include "base/text.hpp"
#include "crypto/base64.hpp"
#include "matrix/identifiers.hpp"
#include "matrix/room_version.hpp"
#include "policy_server/protected_rooms.hpp"

namespace kuramori::app {
namespace {

using Complaint = std::optional<std::string>;

template <class Section>
ConfigKey flag(std::string_view table, std::string_view name, Section Config::* section,
               bool Section::* member) {
  return {table, name, false, bool{}, [=](Config& c, const ConfigValue& v) -> Complaint {
            c.*section.*member = std::get<bool>(v);
            return std::nullopt;
          }};
}

struct Range {
  std::int64_t min;
  std::int64_t max;
};

template <class Section>
ConfigKey number(std::string_view table, std::string_view name, Section Config::* section,
                 std::int64_t Section::* member, Range range) {
  return {table, name, false, std::int64_t{}, [=](Config& c, const ConfigValue& v) -> Complaint {
            const std::int64_t value = std::get<std::int64_t>(v);
            if (value < range.min || value > range.max) {
              return "must lie between " + std::to_string(range.min) + " and " + std::to_string(range.max);
            }
            c.*section.*member = value;
            return std::nullopt;
          }};
}

using Check = Complaint (*)(const std::string&);
Complaint anything(const std::string&) {
  return std::nullopt;
}

template <class Section, class Text>
ConfigKey string(std::string_view table, std::string_view name, Section Config::* section,
                 Text Section::* member, Check check = anything) {
  return {table, name, false, std::string{}, [=](Config& c, const ConfigValue& v) -> Complaint {
            if (Complaint complaint = check(std::get<std::string>(v))) return complaint;
            c.*section.*member = std::get<std::string>(v);
            return std::nullopt;
          }};
}

template <class Section>
ConfigKey list(std::string_view table, std::string_view name, Section Config::* section,
               std::vector<std::string> Section::* member, Check check = anything) {
  return {table, name, false, std::vector<std::string>{}, [=](Config& c, const ConfigValue& v) -> Complaint {
            for (const std::string& item : std::get<std::vector<std::string>>(v)) {
              if (Complaint complaint = check(item)) return complaint;
            }
            c.*section.*member = std::get<std::vector<std::string>>(v);
            return std::nullopt;
          }};
}

Complaint check_server_name(const std::string& text) {
  if (auto parsed = matrix::parse_server_name(text); !parsed)
    return "must be a host name, such as \"example.org\"";
  return std::nullopt;
}

Complaint check_base_url(const std::string& text) {
  if (text.starts_with("https://") || text.starts_with("http://")) return std::nullopt;
  return "must begin with https:// (or http:// for a test)";
}

Complaint check_database_url(const std::string& text) {
  if (text.starts_with("sqlite:") && text.size() > 7) return std::nullopt;
  return "must be \"sqlite:PATH\"; this version serves no other database";
}

Complaint check_room_version(const std::string& text) {
  if (matrix::find_room_version(text) != nullptr) return std::nullopt;
  return "must be a room version that this server supports: \"10\", \"11\" or \"12\"";
}

Complaint check_smtp_security(const std::string& text) {
  if (text == "starttls" || text == "tls" || text == "none") return std::nullopt;
  return "must be \"starttls\", \"tls\" or \"none\"";
}

Complaint check_preview_host(const std::string& host) {
  const bool is_host = !host.empty() && host.find_first_of("/@ ?#") == std::string::npos;
  if (is_host && host == text::to_lower_ascii(host)) return std::nullopt;
  return "must hold hosts in lower case, such as \"wiki\" or \"wiki.example.org:8443\"";
}

Complaint check_media_store(const std::string& text) {
  if (text == "directory" || text == "s3") return std::nullopt;
  return "must be \"directory\" or \"s3\"";
}

Complaint check_scanner(const std::string& text) {
  const bool is_path = text.starts_with("unix:/");
  const bool is_host =
      !text.starts_with("unix:") && text.find(':') != std::string::npos && !text.starts_with(':');
  if (text.empty() || is_path || is_host) return std::nullopt;
  return "must be \"unix:/run/clamav/clamd.ctl\" or \"host:port\"";
}

Complaint check_hold_or_release(const std::string& text) {
  if (text == "hold" || text == "release") return std::nullopt;
  return "must be \"hold\" or \"release\"";
}

Complaint check_action(const std::string& text) {
  if (text == "remove") return std::nullopt;
  return check_hold_or_release(text) ? Complaint("must be \"hold\", \"release\" or \"remove\"")
                                     : std::nullopt;
}

Complaint check_network(const std::string& text) {
  if (parse_network(text)) return std::nullopt;
  return "has '" + text + "', which is not a network; \"10.0.0.0/8\" and \"2001:db8::/32\" are";
}

Complaint check_proxy(const std::string& text) {
  return text.empty() ? std::nullopt : check_base_url(text);
}

Complaint check_document_url(const std::string& text) {
  return text.empty() ? std::nullopt : check_base_url(text);
}

Complaint check_consent_version(const std::string& text) {
  constexpr std::size_t kLengthMax = 100;
  const bool is_plain = std::ranges::all_of(text, [](unsigned char c) { return c > 0x20 && c != 0x7f; });
  if (is_plain && text.size() <= kLengthMax) return std::nullopt;
  return "must be a short name without spaces, such as \"2026-04\"";
}

Complaint check_ed25519_key(const std::string& text) {
  constexpr std::size_t kKeyBytes = 32;
  if (text.empty()) return std::nullopt;
  const auto key = crypto::from_base64(text);
  if (key && key->size() == kKeyBytes && text.find('=') == std::string::npos) return std::nullopt;
  return "must be an ed25519 public key in unpadded base64";
}

Complaint check_protected_room(const std::string& text) {
  const auto rooms = policy_server::ProtectedRooms::read({&text, 1});
  return rooms ? Complaint() : Complaint(rooms.error().message());
}

Complaint check_gateway(const std::string& text) {
  if (!text.empty() && text.find_first_of("/@ ") == std::string::npos) return std::nullopt;
  return "has '" + text + "'; give host names such as \"push.example.org\" or \"push.example.org:8443\"";
}

Complaint check_turn_uri(const std::string& text) {
  if (text.starts_with("turn:") || text.starts_with("turns:")) return std::nullopt;
  return "must hold URIs that begin with turn: or turns:";
}

Complaint no_federation(bool wanted) {
  if (wanted) return "cannot be true: this version does not federate yet";
  return std::nullopt;
}

std::vector<ConfigKey> make_keys() {
  constexpr std::int64_t kManyBytes = std::int64_t{1} << 40;
  constexpr Range kTimeout{100, 3'600'000};
  std::vector<ConfigKey> keys{
      string("server", "name", &Config::server, &ServerConfig::name, check_server_name),
      string("server", "public_base_url", &Config::server, &ServerConfig::public_base_url, check_base_url),
      string("server", "data_dir", &Config::server, &ServerConfig::data_dir),
      number("server", "threads", &Config::server, &ServerConfig::threads, {0, 256}),
      string("listener", "address", &Config::listener, &ListenerConfig::address),
      number("listener", "port", &Config::listener, &ListenerConfig::port, {0, 65'535}),
      string("listener", "tls_certificate", &Config::listener, &ListenerConfig::tls_certificate),
      string("listener", "tls_key", &Config::listener, &ListenerConfig::tls_key),
      number("listener", "connections_max", &Config::listener, &ListenerConfig::connections_max,
             {1, 10'000'000}),
      number("listener", "connections_per_address_max", &Config::listener,
             &ListenerConfig::connections_per_address_max, {1, 10'000'000}),
      number("listener", "requests_in_progress_max", &Config::listener,
             &ListenerConfig::requests_in_progress_max, {1, 1'000'000}),
      number("listener", "header_bytes_max", &Config::listener, &ListenerConfig::header_bytes_max,
             {1'024, 1'048'576}),
      number("listener", "body_bytes_max", &Config::listener, &ListenerConfig::body_bytes_max,
             {65'536, 1 << 30}),
      number("listener", "first_byte_timeout_ms", &Config::listener, &ListenerConfig::first_byte_timeout_ms,
             kTimeout),
      number("listener", "idle_timeout_ms", &Config::listener, &ListenerConfig::idle_timeout_ms, kTimeout),
      number("listener", "drain_timeout_ms", &Config::listener, &ListenerConfig::drain_timeout_ms, kTimeout),
      list("listener", "trusted_proxies", &Config::listener, &ListenerConfig::trusted_proxies),
      string("database", "url", &Config::database, &DatabaseConfig::url, check_database_url),
      number("database", "cache_bytes", &Config::database, &DatabaseConfig::cache_bytes,
             {1'048'576, kManyBytes}),
      number("database", "reader_threads", &Config::database, &DatabaseConfig::reader_threads, {1, 64}),
      string("keys", "root_key_file", &Config::keys, &KeysConfig::root_key_file),
      flag("registration", "enabled", &Config::registration, &RegistrationConfig::enabled),
      string("registration", "shared_secret", &Config::registration, &RegistrationConfig::shared_secret),
      string("registration", "token", &Config::registration, &RegistrationConfig::token),
      flag("registration", "guests", &Config::registration, &RegistrationConfig::guests),
      number("passwords", "memory_kib", &Config::passwords, &PasswordsConfig::memory_kib, {8, 4'194'304}),
      number("passwords", "passes", &Config::passwords, &PasswordsConfig::passes, {1, 100}),
      number("passwords", "minimum_length", &Config::passwords, &PasswordsConfig::minimum_length, {1, 128}),
      string("email", "smtp_host", &Config::email, &EmailConfig::smtp_host),
      number("email", "smtp_port", &Config::email, &EmailConfig::smtp_port, {1, 65'535}),
      string("email", "smtp_security", &Config::email, &EmailConfig::smtp_security, check_smtp_security),
      string("email", "smtp_user", &Config::email, &EmailConfig::smtp_user),
      string("email", "smtp_password_file", &Config::email, &EmailConfig::smtp_password_file),
      string("email", "from", &Config::email, &EmailConfig::from),
      flag("federation", "enabled", &Config::federation, &FederationConfig::enabled),
      string("federation", "ca_file", &Config::federation, &FederationConfig::ca_file),
      flag("federation", "public_rooms", &Config::federation, &FederationConfig::public_rooms),
      string("rooms", "default_version", &Config::rooms, &RoomsConfig::default_version, check_room_version),
      flag("rooms", "public_list_needs_login", &Config::rooms, &RoomsConfig::public_list_needs_login),
      flag("rooms", "public_list_open", &Config::rooms, &RoomsConfig::public_list_open),
      number("rooms", "cache_bytes", &Config::rooms, &RoomsConfig::cache_bytes, {1'048'576, kManyBytes}),
      number("media", "upload_bytes_max", &Config::media, &MediaConfig::upload_bytes_max,
             {1'024, kManyBytes}),
      number("media", "quota_bytes_per_user", &Config::media, &MediaConfig::quota_bytes_per_user,
             {0, kManyBytes}),
      number("media", "transfers_max", &Config::media, &MediaConfig::transfers_max, {1, 100'000}),
      number("media", "thumbnail_processes", &Config::media, &MediaConfig::thumbnail_processes, {0, 64}),
      number("media", "thumbnail_pixels_max", &Config::media, &MediaConfig::thumbnail_pixels_max,
             {1'000, 10'000'000'000}),
      number("media", "thumbnail_memory_bytes", &Config::media, &MediaConfig::thumbnail_memory_bytes,
             {67'108'864, kManyBytes}),
      flag("media", "unauthenticated_downloads", &Config::media, &MediaConfig::unauthenticated_downloads),
      flag("media", "url_previews", &Config::media, &MediaConfig::url_previews),
      list("media", "url_preview_hosts", &Config::media, &MediaConfig::url_preview_hosts, check_preview_host),
      string("media", "store", &Config::media, &MediaConfig::store, check_media_store),
      flag("inspection", "enabled", &Config::inspection, &InspectionConfig::enabled),
      string("inspection", "clamd", &Config::inspection, &InspectionConfig::clamd, check_scanner),
      number("inspection", "scan_seconds_max", &Config::inspection, &InspectionConfig::scan_seconds_max,
             {1, 3'600}),
      string("inspection", "when_scanner_is_down", &Config::inspection,
             &InspectionConfig::when_scanner_is_down, check_hold_or_release),
      string("inspection", "when_encrypted", &Config::inspection, &InspectionConfig::when_encrypted,
             check_action),
      string("inspection", "when_unreadable", &Config::inspection, &InspectionConfig::when_unreadable,
             check_action),
      flag("inspection", "ocr", &Config::inspection, &InspectionConfig::ocr),
      number("inspection", "seconds_max", &Config::inspection, &InspectionConfig::seconds_max, {1, 3'600}),
      number("inspection", "memory_bytes", &Config::inspection, &InspectionConfig::memory_bytes,
             {268'435'456, kManyBytes}),
      number("inspection", "depth_max", &Config::inspection, &InspectionConfig::depth_max, {0, 100}),
      number("inspection", "entries_max", &Config::inspection, &InspectionConfig::entries_max, {1, 150'000}),
      number("inspection", "pages_max", &Config::inspection, &InspectionConfig::pages_max, {1, 1'000'000}),
      number("inspection", "pictures_max", &Config::inspection, &InspectionConfig::pictures_max, {1, 1'000}),
      number("inspection", "inflated_bytes_max", &Config::inspection, &InspectionConfig::inflated_bytes_max,
             {1'048'576, kManyBytes}),
      number("inspection", "text_bytes_max", &Config::inspection, &InspectionConfig::text_bytes_max,
             {65'536, 16'777'216}),
      string("media.s3", "endpoint", &Config::media_s3, &MediaS3Config::endpoint, check_base_url),
      string("media.s3", "region", &Config::media_s3, &MediaS3Config::region),
      string("media.s3", "bucket", &Config::media_s3, &MediaS3Config::bucket),
      string("media.s3", "access_key_file", &Config::media_s3, &MediaS3Config::access_key_file),
      string("media.s3", "secret_key_file", &Config::media_s3, &MediaS3Config::secret_key_file),
      flag("media.s3", "path_style", &Config::media_s3, &MediaS3Config::path_style),
      string("media.s3", "ca_file", &Config::media_s3, &MediaS3Config::ca_file),
      flag("outgoing", "verify_tls", &Config::outgoing, &OutgoingConfig::verify_tls),
      list("outgoing", "denied_addresses", &Config::outgoing, &OutgoingConfig::denied_addresses,
           check_network),
      string("outgoing", "ca_file", &Config::outgoing, &OutgoingConfig::ca_file),
      string("outgoing", "proxy", &Config::outgoing, &OutgoingConfig::proxy, check_proxy),
      flag("rate_limits", "enabled", &Config::rate_limits, &RateLimitsConfig::enabled),
      list("appservices", "registration_files", &Config::appservices, &AppservicesConfig::registration_files),
      number("audit", "retention_days", &Config::audit, &AuditConfig::retention_days,
             {AuditConfig::kRetentionDaysMin, 36'500}),
      string("policy", "file", &Config::policy, &PolicyConfig::file),
      number("approvals", "expires_hours", &Config::approvals, &ApprovalsConfig::expires_hours, {1, 8'760}),
      number("approvals", "escalate_hours", &Config::approvals, &ApprovalsConfig::escalate_hours, {1, 8'760}),
      number("approvals", "open_per_person_max", &Config::approvals, &ApprovalsConfig::open_per_person_max,
             {1, 10'000}),
      number("notices", "every_s", &Config::notices, &NoticesConfig::every_s, {1, 86'400}),
      number("retention", "every_s", &Config::retention, &RetentionConfig::every_s, {1, 86'400}),
      flag("presence", "enabled", &Config::presence, &PresenceConfig::enabled),
      list("calls", "turn_uris", &Config::calls, &CallsConfig::turn_uris, check_turn_uri),
      string("calls", "turn_shared_secret_file", &Config::calls, &CallsConfig::turn_shared_secret_file),
      number("calls", "turn_lifetime_s", &Config::calls, &CallsConfig::turn_lifetime_s, {60, 604'800}),
      list("calls", "livekit_urls", &Config::calls, &CallsConfig::livekit_urls, check_base_url),
      string("consent", "required_version", &Config::consent, &ConsentConfig::required_version,
             check_consent_version),
      string("consent", "document_url", &Config::consent, &ConsentConfig::document_url, check_document_url),
      flag("policy_server", "enabled", &Config::policy_server, &PolicyServerConfig::enabled),
      list("policy_server", "servers", &Config::policy_server, &PolicyServerConfig::servers),
      list("policy_server", "rooms", &Config::policy_server, &PolicyServerConfig::rooms,
           check_protected_room),
      string("policy_server", "public_key", &Config::policy_server, &PolicyServerConfig::public_key,
             check_ed25519_key),
      flag("search", "enabled", &Config::search, &SearchConfig::enabled),
      number("search", "processor_percent", &Config::search, &SearchConfig::processor_percent, {1, 100}),
      flag("links", "take_down", &Config::links, &LinksConfig::take_down),
      flag("worm_brake", "enabled", &Config::worm_brake, &WormBrakeConfig::enabled),
      number("worm_brake", "rooms", &Config::worm_brake, &WormBrakeConfig::rooms, {2, 10'000}),
      number("worm_brake", "trusted_rooms", &Config::worm_brake, &WormBrakeConfig::trusted_rooms,
             {2, 100'000}),
      number("worm_brake", "window_s", &Config::worm_brake, &WormBrakeConfig::window_s, {10, 86'400}),
      list("push", "gateways", &Config::push, &PushConfig::gateways, check_gateway),
      number("push", "retry_s", &Config::push, &PushConfig::retry_s, {1, 3'600}),
      number("push", "email_delay_s", &Config::push, &PushConfig::email_delay_s, {1, 86'400}),
      flag("push", "email_shows_text", &Config::push, &PushConfig::email_shows_text),
      flag("user_directory", "everybody", &Config::user_directory, &UserDirectoryConfig::everybody),
  };
  for (ConfigKey& key : keys) {
    if (key.table == "registration" && (key.name == "shared_secret" || key.name == "token")) {
      key.is_secret = true;
    }
    if (key.table == "federation" && key.name == "enabled") {
      key.assign = [](Config& c, const ConfigValue& v) -> Complaint {
        c.federation.enabled = std::get<bool>(v);
        return no_federation(c.federation.enabled);
      };
    }
  }
  keys.push_back({"log", "level", false, std::string{}, [](Config& c, const ConfigValue& v) -> Complaint {
                    auto level = parse_log_level(std::get<std::string>(v));
                    if (!level) return level.error().message();
                    c.log.level = *level;
                    return std::nullopt;
                  }});
  keys.push_back({"log", "format", false, std::string{}, [](Config& c, const ConfigValue& v) -> Complaint {
                    auto format = parse_log_format(std::get<std::string>(v));
                    if (!format) return format.error().message();
                    c.log.format = *format;
                    return std::nullopt;
                  }});
  return keys;
}

}  // namespace

std::span<const ConfigKey> config_keys() {
  static const std::vector<ConfigKey> keys = make_keys();
  return keys;
}

}  // namespace kuramori::app
