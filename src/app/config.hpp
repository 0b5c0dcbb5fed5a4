// The configuration: one TOML file (packaging/kuramori.example.toml describes every key). Reading reports
// every mistake at once, each with its line.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/logging.hpp"
#include "base/result.hpp"

namespace kuramori::app {

struct ServerConfig {
  std::string name;             // the organisation's domain: the part after ':' in user ids
  std::string public_base_url;  // what clients are told in /.well-known; empty: the listener's address
  std::filesystem::path data_dir = "var";
  std::int64_t threads = 0;  // I/O threads; 0: one per core
};

struct ListenerConfig {
  std::string address = "127.0.0.1";
  std::int64_t port = 8008;
  std::string tls_certificate;
  std::string tls_key;
  std::int64_t connections_max = 20'000;
  std::int64_t connections_per_address_max = 20'000;
  std::int64_t requests_in_progress_max = 1'024;
  std::int64_t header_bytes_max = 16'384;
  std::int64_t body_bytes_max = 1'048'576;
  std::int64_t first_byte_timeout_ms = 10'000;
  std::int64_t idle_timeout_ms = 120'000;
  std::int64_t drain_timeout_ms = 10'000;
  std::vector<std::string> trusted_proxies;
};

struct DatabaseConfig {
  std::string url;  // sqlite:PATH; empty: sqlite:<data_dir>/kuramori.db
  std::int64_t cache_bytes = 67'108'864;
  std::int64_t reader_threads = 2;
};

struct KeysConfig {
  std::filesystem::path root_key_file;  // empty: <data_dir>/root.key
};

struct RegistrationConfig {
  bool enabled = false;
  std::string shared_secret;  // secret
  std::string token;          // secret; who knows it may register
  bool guests = false;
};

struct PasswordsConfig {
  std::int64_t memory_kib = 65'536;
  std::int64_t passes = 3;
  std::int64_t minimum_length = 10;
};

struct EmailConfig {
  std::string smtp_host;
  std::int64_t smtp_port = 587;
  std::string smtp_security = "starttls";  // or "tls", or "none"
  std::string smtp_user;                   // empty: no authentication
  std::filesystem::path smtp_password_file;
  std::string from;
};

struct FederationConfig {
  bool enabled = false;
  std::string ca_file;
  bool public_rooms = false;
};

struct RoomsConfig {
  std::string default_version = "12";
  bool public_list_needs_login = true;
  bool public_list_open = true;  // everybody may publish rooms in the directory; else administrators alone
  std::int64_t cache_bytes = 536'870'912;
};

struct MediaConfig {
  std::int64_t upload_bytes_max = 104'857'600;
  std::int64_t quota_bytes_per_user = 0;  // 0: none
  std::int64_t transfers_max = 256;       // uploads at one time; each takes about 1 MiB of memory
  bool unauthenticated_downloads = false;
  bool url_previews = false;
  std::vector<std::string> url_preview_hosts;  // inside the network: "host" or "host:port"
  std::string store = "directory";             // or "s3"
  std::int64_t thumbnail_processes = 0;        // at one time; 0: half of the processors, at most 8
  std::int64_t thumbnail_pixels_max = 100'000'000;
  std::int64_t thumbnail_memory_bytes = 1'073'741'824;
};

// What is done with each uploaded file before anybody gets it.
struct InspectionConfig {
  bool enabled = false;
  std::string clamd;  // "unix:PATH" or "HOST:PORT"; empty: no malware scanner
  std::int64_t scan_seconds_max = 60;
  std::string when_scanner_is_down = "hold";  // or "release"
  std::string when_encrypted = "hold";        // or "release", "remove"
  std::string when_unreadable = "hold";
  bool ocr = true;
  std::int64_t seconds_max = 20;  // of one file, of one picture
  std::int64_t memory_bytes = 1'073'741'824;
  std::int64_t depth_max = 5;
  std::int64_t entries_max = 10'000;
  std::int64_t pages_max = 2'000;
  std::int64_t pictures_max = 16;
  std::int64_t inflated_bytes_max = 536'870'912;
  std::int64_t text_bytes_max = 8'388'608;
};

// [media.s3]
struct MediaS3Config {
  std::string endpoint;
  std::string region = "us-east-1";
  std::string bucket;
  std::filesystem::path access_key_file;
  std::filesystem::path secret_key_file;
  bool path_style = true;
  std::string ca_file;  // empty: the system's
};

struct OutgoingConfig {
  bool verify_tls = true;
  std::vector<std::string> denied_addresses;
  std::string ca_file;  // empty: the system's
  std::string proxy;    // empty: none
};

struct RateLimitConfig {
  double per_second = 0;
  double burst = 0;
};
struct RateLimitsConfig {
  bool enabled = true;
  std::map<std::string, RateLimitConfig> operations;  // login, registration, message, join, invite, sync, …
};

struct AppservicesConfig {
  std::vector<std::string> registration_files;
};

struct LogConfig {
  LogLevel level = LogLevel::Info;
  LogFormat format = LogFormat::Text;
};

struct AuditConfig {
  static constexpr std::int64_t kRetentionDaysMin = 180;  // PRC Cybersecurity Law: six months of network logs
  std::int64_t retention_days = 400;
};

struct PolicyConfig {
  std::filesystem::path file;  // the policy for an empty data_dir; empty: the built-in default
};

struct ApprovalsConfig {
  std::int64_t expires_hours = 72;   // what nobody decided ends
  std::int64_t escalate_hours = 24;  // the superior of who has not answered is asked as well
  std::int64_t open_per_person_max = 200;
};

struct NoticesConfig {
  std::int64_t every_s = 60;  // of one rule, a person is told at most once in this time, with a count
};

struct RetentionConfig {
  std::int64_t every_s = 600;  // between two looks at what labels do not keep any longer
};

struct PresenceConfig {
  bool enabled = true;
};

struct CallsConfig {
  std::vector<std::string> turn_uris;
  std::filesystem::path turn_shared_secret_file;  // coturn's static-auth-secret
  std::int64_t turn_lifetime_s = 86'400;
  std::vector<std::string> livekit_urls;
};

struct ConsentConfig {
  std::string required_version;  // empty: nobody is asked
  std::string document_url;      // where the notice can be read
};

struct PolicyServerConfig {
  bool enabled = false;  // this server signs events of other servers
  // ed25519, unpadded base64: of a policy server elsewhere, told by /.well-known/matrix/policy_server while
  // this one is none; empty: nothing.
  std::string public_key;
  std::vector<std::string> servers;  // globs of those that may ask; empty: any
  std::vector<std::string> rooms;    // of other servers: "!room:server VERSION"
};

struct SearchConfig {
  bool enabled = true;
  std::int64_t processor_percent = 25;  // of one core, while the index catches up
};

struct PushConfig {
  std::vector<std::string> gateways;  // "host" or "host:port" of the organisation's own push gateways
  std::int64_t retry_s = 10;
  std::int64_t email_delay_s = 600;
  bool email_shows_text = false;
};

struct LinksConfig {
  bool take_down = true;  // messages with a link that becomes blocked are withdrawn
};

struct WormBrakeConfig {
  bool enabled = true;
  std::int64_t rooms = 10;          // the same into more rooms than this stops an account
  std::int64_t trusted_rooms = 50;  // of administrators, officers and services
  std::int64_t window_s = 600;
};

struct UserDirectoryConfig {
  bool everybody = false;  // a search finds all people of the organisation, not only those who share a room
};

struct Config {
  std::filesystem::path file;  // where it was read; empty: defaults alone
  ServerConfig server;
  ListenerConfig listener;
  DatabaseConfig database;
  KeysConfig keys;
  RegistrationConfig registration;
  PasswordsConfig passwords;
  EmailConfig email;
  FederationConfig federation;
  RoomsConfig rooms;
  MediaConfig media;
  MediaS3Config media_s3;
  InspectionConfig inspection;
  OutgoingConfig outgoing;
  RateLimitsConfig rate_limits;
  AppservicesConfig appservices;
  LogConfig log;
  AuditConfig audit;
  PolicyConfig policy;
  ApprovalsConfig approvals;
  NoticesConfig notices;
  RetentionConfig retention;
  PresenceConfig presence;
  CallsConfig calls;
  ConsentConfig consent;
  PolicyServerConfig policy_server;
  PushConfig push;
  UserDirectoryConfig user_directory;
  SearchConfig search;
  LinksConfig links;
  WormBrakeConfig worm_brake;

  std::filesystem::path database_path() const;
  std::filesystem::path root_key_path() const;
  std::filesystem::path admin_socket_path() const;  // <data_dir>/admin.sock
  std::filesystem::path checkpoint_path() const;    // <data_dir>/record/checkpoint
  std::string base_url() const;
};

struct ConfigProblem {
  std::int64_t line = 0;  // 0: not in the file (a missing key, an environment variable)
  std::string message;
};

struct ConfigReading {
  Config config;
  std::vector<ConfigProblem> problems;  // empty: the configuration is good
};

// Problems are values, not errors: all are reported. `text` is the file's content.
ConfigReading read_config_text(std::string_view text, const std::filesystem::path& file);
// InvalidArgument listing every problem, one a line, when there are any.
Result<Config> read_config(const std::filesystem::path& file);

}  // namespace kuramori::app
